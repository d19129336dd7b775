// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"
#include "core/log.hpp"
#include "core/mail_usage.hpp"
#include "net/workers.hpp"
#include "policyd/config.hpp"
#include "policyd/limits/ledger.hpp"
#include "policyd/rule_set.hpp"
#include "policyd/state/state.hpp"

#include <memory>
#include <string>
#include <vector>

namespace extmail::policyd {

/// The names of all rules that a configuration can have, for metrics.
[[nodiscard]] std::vector<std::string> rule_names();

/// What rules stand on. All but usage must outlive them and their steps.
struct RuleParts {
  State& state;
  Ledger& ledger;
  net::Workers& waiting;                   ///< for what waits for a disk or a database
  std::shared_ptr<const MailUsage> usage;  ///< of the quota rule; may be null where that is off
  const Clock& clock;
  Log& log;
};

/// The rules that the configuration wants, in the order in which they are asked.
[[nodiscard]] std::shared_ptr<const RuleSet> make_rules(const Config& config, const RuleParts& parts);

}  // namespace extmail::policyd
