// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"
#include "core/mail_rules.hpp"
#include "policyd/rule.hpp"

#include <memory>
#include <string_view>
#include <utility>

namespace extmail::policyd {

/// Whose mail is wanted, and whose is not, by rows `allow-sender`, `deny-sender`, `allow-client` and `deny-client` of the
/// recipient, of its domain and of everybody. The closer subject wins, within one a row that allows. What is allowed is
/// Exempt, no more: the rules that are not against strangers hold. A recipient is the same under a domain alias or any
/// other name (names_of()); rows of the name that was written to are the closest.
///
/// Only at RCPT. Senders are those of the envelope, which anybody can write. Rows of clients mean those that have not
/// authenticated: users may be anywhere.
/// Outcomes: see Rule. PermanentFailure for a row that names no sender or network.
/// Threads: see Rule.
class ListRule final : public Rule {
 public:
  /// clock must outlive the rule.
  ListRule(std::shared_ptr<const MailRules> mail, const Clock& clock)
      : mail_(std::move(mail)), clock_(clock) {}

  [[nodiscard]] std::string_view name() const override { return "lists"; }
  [[nodiscard]] Answer<Judgement> judge(const std::shared_ptr<const Facts>& facts,
                                        const Rows& rows) const override;

 private:
  const std::shared_ptr<const MailRules> mail_;
  const Clock& clock_;
};

}  // namespace extmail::policyd
