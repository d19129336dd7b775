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

/// Refuses strangers who send as users of ours: a sender in a domain of ours needs a login, or a network that the settings
/// trust. Domains that are relayed are left out, because the server that has their mailboxes may send for them.
///
/// At MAIL and RCPT. Clients without an address (on this host) are no strangers.
/// Outcomes and threads: see Rule.
class ForgedSenderRule final : public Rule {
 public:
  /// clock must outlive the rule.
  ForgedSenderRule(std::shared_ptr<const MailRules> mail, const Clock& clock, ForgedSenderSettings settings)
      : mail_(std::move(mail)), clock_(clock), settings_(std::move(settings)) {}

  [[nodiscard]] std::string_view name() const override { return "forged_senders"; }
  [[nodiscard]] bool is_for_strangers() const override { return true; }
  [[nodiscard]] Answer<Judgement> judge(const std::shared_ptr<const Facts>& facts,
                                        const Rows& rows) const override;

 private:
  const std::shared_ptr<const MailRules> mail_;
  const Clock& clock_;
  const ForgedSenderSettings settings_;
};

}  // namespace extmail::policyd
