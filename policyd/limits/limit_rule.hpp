// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"
#include "core/log.hpp"
#include "core/mail_rules.hpp"
#include "policyd/limits/ledger.hpp"
#include "policyd/limits/limit_settings.hpp"
#include "policyd/rule.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace extmail::policyd {

/// No more than so many messages, recipients or bytes within a period, of each login, sender, recipient or client network.
///
/// Asked at RCPT, DATA and END-OF-MESSAGE: see Ledger for how these make one count.
/// Outcomes: see Rule. A policy of kind `limit` that makes no sense says nothing, and is logged (rule_failed) once a minute; one
/// that names no limit of the configuration, once (limit_unknown).
/// Threads: see Rule.
class LimitRule final : public Rule {
 public:
  /// ledger, clock and log must outlive the rule and its steps. The ledger outlasts a reload, the rule does not.
  LimitRule(Ledger& ledger, std::shared_ptr<const MailRules> mail, LimitsSettings settings,
            const Clock& clock, Log& log);

  [[nodiscard]] std::string_view name() const override { return "limits"; }
  [[nodiscard]] Answer<Judgement> judge(const std::shared_ptr<const Facts>& facts,
                                        const Rows& rows) const override;
  void collect(metrics::Families& families) const override;

 private:
  class Core;

  /// None where no limit is of recipients. As long as rows.
  [[nodiscard]] const Answer<std::vector<Address>>& recipient_names(const Facts& facts,
                                                                    const Rows& rows) const;

  Ledger& ledger_;
  const std::shared_ptr<const MailRules> mail_;
  const Clock& clock_;
  const std::shared_ptr<Core> core_;  // shared with steps that are under way
};

}  // namespace extmail::policyd
