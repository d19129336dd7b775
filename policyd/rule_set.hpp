// SPDX-License-Identifier: MIT
#pragma once

#include "policyd/rule.hpp"
#include "policyd/rule_settings.hpp"

#include <memory>
#include <vector>

namespace extmail::policyd {

/// A rule and what its table in the configuration says for any rule.
struct ActiveRule {
  std::unique_ptr<Rule> rule;  ///< never null
  RuleSettings settings;
};

/// The rules in the order in which they are asked. A reload makes a new set; the old one lives until the last request that
/// it was begun with has its answer.
using RuleSet = std::vector<ActiveRule>;

}  // namespace extmail::policyd
