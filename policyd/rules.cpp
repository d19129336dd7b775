// SPDX-License-Identifier: MIT
#include "policyd/rules.hpp"

#include "policyd/access/account_rule.hpp"
#include "policyd/containment/containment_rule.hpp"
#include "policyd/greylist/greylist_rule.hpp"
#include "policyd/limits/limit_rule.hpp"
#include "policyd/quota/quota_rule.hpp"

#include <chrono>
#include <utility>

namespace extmail::policyd {
namespace {

std::chrono::sys_seconds wall_time() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

}  // namespace

std::vector<std::string> rule_names() {
  return {"accounts", "quota", "greylist", "limits", "containment"};
}

std::shared_ptr<const RuleSet> make_rules(const Config& config, const RuleParts& parts) {
  RuleSet rules;
  rules.push_back({std::make_unique<AccountRule>(config.mail, parts.clock), config.accounts});
  if (config.quota.enabled) {
    rules.push_back(
        {std::make_unique<QuotaRule>(config.mail, parts.usage, parts.waiting, parts.clock, config.quota),
         config.quota.rule});
  }
  if (config.greylist.enabled) {
    rules.push_back(
        {std::make_unique<GreylistRule>(parts.state, config.mail, config.greylist), config.greylist.rule});
  }
  if (config.limits.enabled()) {
    rules.push_back({std::make_unique<LimitRule>(parts.ledger, config.mail, config.limits, parts.log),
                     config.limits.rule});
  }
  // Last, because of our rules none acts after HOLD.
  if (config.containment.enabled) {
    rules.push_back({std::make_unique<ContainmentRule>(
                         ContainmentRule::Environment{parts.state, parts.clock, wall_time, parts.log},
                         config.containment),
                     config.containment.rule});
  }
  return std::make_shared<const RuleSet>(std::move(rules));
}

}  // namespace extmail::policyd
