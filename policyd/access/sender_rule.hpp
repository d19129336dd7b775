// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"
#include "core/mail_rules.hpp"
#include "policyd/access/access_settings.hpp"
#include "policyd/rule.hpp"

#include <memory>
#include <string_view>
#include <utility>

namespace extmail::policyd {

/// Who has authenticated may send as: addresses that smtpd_sender_login_maps gives the login (its mailbox, aliases that lead
/// to it, domain aliases, catch-alls), and what rows `send-as` of the login, its domain or everybody name. The null sender
/// is free unless the settings say otherwise: receipts need it (RFC 8098).
///
/// From MAIL to END-OF-MESSAGE. A login that is no mailbox of ours owns nothing.
/// Outcomes: see Rule. PermanentFailure for a row `send-as` that names no address, where nothing else allows the sender.
/// Threads: see Rule.
class SenderRule final : public Rule {
 public:
  /// clock must outlive the rule.
  SenderRule(std::shared_ptr<const MailRules> mail, const Clock& clock, const SenderSettings& settings)
      : mail_(std::move(mail)), clock_(clock), settings_(settings) {}

  [[nodiscard]] std::string_view name() const override { return "senders"; }
  [[nodiscard]] Answer<Judgement> judge(const std::shared_ptr<const Facts>& facts,
                                        const Rows& rows) const override;

 private:
  [[nodiscard]] Answer<bool> may_send(const Facts& facts, const Rows& rows) const;
  [[nodiscard]] Answer<bool> is_named(const Facts& facts, const Rows& rows) const;

  const std::shared_ptr<const MailRules> mail_;
  const Clock& clock_;
  const SenderSettings settings_;
};

}  // namespace extmail::policyd
