// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"
#include "core/mail_rules.hpp"
#include "policyd/rule.hpp"

#include <memory>
#include <string_view>
#include <utility>

namespace extmail::policyd {

/// Mailboxes whose mail stays inside, by rows `inside-only` of a mailbox, its domain or everybody: `send` has them write to
/// domains of ours only, `receive` hear from users of ours only, `both` is both, and `off` lifts what a farther subject
/// says. The closest subject that has such rows decides; several of them add up.
///
/// Only at RCPT. Who has authenticated is inside; of others the sender of the envelope counts, which anybody can write. A
/// recipient is the same under a domain alias or any other name (names_of()). Where other aliases lead is not looked at.
/// Outcomes: see Rule. PermanentFailure for a row with another value.
/// Threads: see Rule.
class InsideOnlyRule final : public Rule {
 public:
  /// clock must outlive the rule.
  InsideOnlyRule(std::shared_ptr<const MailRules> mail, const Clock& clock)
      : mail_(std::move(mail)), clock_(clock) {}

  [[nodiscard]] std::string_view name() const override { return "inside_only"; }
  [[nodiscard]] Answer<Judgement> judge(const std::shared_ptr<const Facts>& facts,
                                        const Rows& rows) const override;

 private:
  [[nodiscard]] Answer<Judgement> judge_sending(const Facts& facts, const Rows& rows) const;
  [[nodiscard]] Answer<Judgement> judge_receiving(const Facts& facts, const Rows& rows) const;
  [[nodiscard]] Answer<bool> is_ours(const std::string& domain, const Directory& directory) const;

  const std::shared_ptr<const MailRules> mail_;
  const Clock& clock_;
};

}  // namespace extmail::policyd
