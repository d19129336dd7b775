// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"
#include "core/mail_rules.hpp"
#include "core/mail_usage.hpp"
#include "net/workers.hpp"
#include "policyd/quota/quota_settings.hpp"
#include "policyd/rule.hpp"

#include <memory>
#include <string_view>

namespace extmail::policyd {

/// Refuses mail that its mailbox has no room for, while its sender is still there to be told.
///
/// At RCPT, by the size that the client declares, if it does; at END-OF-MESSAGE by what the message has, where it has one
/// recipient. An alias is refused only if mail to it would go to mailboxes of ours alone, and all of them are full:
/// what it leads to elsewhere, or to one with room, would be lost for the others' sake.
/// Outcomes: see Rule. What a mailbox holds and nobody knows is no objection; what can't be told is a failure; unless
/// another of the alias's mailboxes has room, if an administrator has to mend it.
/// Threads: see Rule. What mailboxes hold is read by the workers, one request at a time on each.
class QuotaRule final : public Rule {
 public:
  /// clock and workers must outlive the rule and its steps.
  QuotaRule(std::shared_ptr<const MailRules> mail, std::shared_ptr<const MailUsage> usage,
            net::Workers& workers, const Clock& clock, QuotaSettings settings);

  [[nodiscard]] std::string_view name() const override { return "quota"; }
  [[nodiscard]] Answer<Judgement> judge(const std::shared_ptr<const Facts>& facts,
                                        const Rows& rows) const override;

 private:
  const std::shared_ptr<const MailRules> mail_;
  const std::shared_ptr<const MailUsage> usage_;
  net::Workers& workers_;
  const Clock& clock_;
  const QuotaSettings settings_;
};

}  // namespace extmail::policyd
