// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"
#include "core/mail_rules.hpp"
#include "policyd/rule.hpp"

#include <memory>
#include <string_view>

namespace extmail::policyd {

/// What the schema says of those who take part:
/// - a login that may no longer send (disabled, expired or deleted since it logged in) is refused at every stage;
/// - a recipient of ours that may not receive is refused at RCPT, unless an alias takes the mail;
/// - everything else is left to the other rules and to Postfix.
class AccountRule final : public Rule {
 public:
  /// clock must outlive the rule.
  AccountRule(std::shared_ptr<const MailRules> mail, const Clock& clock)
      : mail_(std::move(mail)), clock_(clock) {}

  [[nodiscard]] std::string_view name() const override { return "accounts"; }
  [[nodiscard]] Answer<Judgement> judge(const std::shared_ptr<const Facts>& facts,
                                        const Rows& rows) const override;

 private:
  [[nodiscard]] Answer<Judgement> judge_login(const Facts& facts, const Directory& directory) const;
  [[nodiscard]] Answer<Judgement> judge_recipient(const Facts& facts, const Directory& directory) const;

  const std::shared_ptr<const MailRules> mail_;
  const Clock& clock_;
};

}  // namespace extmail::policyd
