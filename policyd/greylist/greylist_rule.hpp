// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"
#include "core/mail_rules.hpp"
#include "policyd/greylist/greylist_settings.hpp"
#include "policyd/rule.hpp"
#include "policyd/state/state.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace extmail::policyd {

/// Has strangers come again: who sends spam seldom does. What counts as known is a triplet of client network, sender and
/// recipient that came again in time, then whatever else comes from a client or sender domain that did so often enough,
/// and answers to mail that users have sent.
///
/// Only at RCPT, never for authenticated clients, whose mail to elsewhere is noted instead. The null sender is a sender as
/// others are, but has no domain to be known by. Clients without an address (on this host) are no strangers.
/// Outcomes: see Rule. PermanentFailure for an entry `greylist` of extmail_policy that is neither on nor off.
/// Threads: see Rule.
class GreylistRule final : public Rule {
 public:
  /// state must outlive the rule and its steps, clock the rule.
  GreylistRule(State& state, std::shared_ptr<const MailRules> mail, GreylistSettings settings,
               const Clock& clock);

  [[nodiscard]] std::string_view name() const override { return "greylist"; }
  [[nodiscard]] bool is_for_strangers() const override { return true; }
  [[nodiscard]] Answer<Judgement> judge(const std::shared_ptr<const Facts>& facts,
                                        const Rows& rows) const override;
  void collect(metrics::Families& families) const override;

 private:
  using Counts = std::array<std::atomic<std::uint64_t>, 5>;  // by GreylistAnswer::By

  [[nodiscard]] Answer<Judgement> note_outgoing(const Facts& facts, const Rows& rows) const;
  [[nodiscard]] Answer<Judgement> greet_stranger(const Facts& facts, const Rows& rows) const;

  [[nodiscard]] bool is_exempt(const Facts& facts, std::string_view recipient_local) const;
  /// What extmail_policy says, of the mailbox over the domain over everybody, of any of the recipient's names (names_of()),
  /// or else the settings.
  [[nodiscard]] Answer<bool> is_wanted(const Address& recipient, const Rows& rows) const;
  [[nodiscard]] GreylistQuestion question_of(const Facts& facts, const std::string& recipient) const;

  State& state_;
  const std::shared_ptr<const MailRules> mail_;
  const GreylistSettings settings_;
  const Clock& clock_;
  const std::shared_ptr<Counts> counts_ = std::make_shared<Counts>();  // shared with steps that are under way
};

}  // namespace extmail::policyd
