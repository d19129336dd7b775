// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"
#include "core/mail_rules.hpp"
#include "policyd/rule.hpp"

#include <memory>
#include <string_view>
#include <utility>

namespace extmail::policyd {

/// Who may write to a list, which is an alias: rows `list-access` of its address open it to `everyone`, its `domain`, its
/// `members` or its `senders`, and several rows to all of these; rows `list-sender` name further ones, or the only ones
/// where there is no `list-access`. Lists without either are open.
///
/// Only at RCPT. For who has authenticated the login counts, whatever the envelope says; for others the sender of the
/// envelope, which anybody can write. A list is the same under a domain alias or any other name (names_of()); the first name
/// that has rows decides.
/// Outcomes: see Rule. PermanentFailure for a row that means nothing, where no other row lets the mail through.
/// Threads: see Rule.
class ClosedGroupRule final : public Rule {
 public:
  /// clock must outlive the rule.
  ClosedGroupRule(std::shared_ptr<const MailRules> mail, const Clock& clock)
      : mail_(std::move(mail)), clock_(clock) {}

  [[nodiscard]] std::string_view name() const override { return "closed_groups"; }
  [[nodiscard]] Answer<Judgement> judge(const std::shared_ptr<const Facts>& facts,
                                        const Rows& rows) const override;

 private:
  const std::shared_ptr<const MailRules> mail_;
  const Clock& clock_;
};

}  // namespace extmail::policyd
