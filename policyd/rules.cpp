// SPDX-License-Identifier: MIT
#include "policyd/rules.hpp"

#include "policyd/access/account_rule.hpp"
#include "policyd/access/closed_group_rule.hpp"
#include "policyd/access/forged_sender_rule.hpp"
#include "policyd/access/inside_only_rule.hpp"
#include "policyd/access/list_rule.hpp"
#include "policyd/access/sender_rule.hpp"
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

/// Who may send what to whom, by rows alone.
void add_access_rules(RuleSet& rules, const Config& config, const Clock& clock) {
  rules.push_back({std::make_unique<AccountRule>(config.mail, clock), config.accounts});
  // Before all that is against strangers, whom it may spare that.
  if (config.lists.enabled)
    rules.push_back({std::make_unique<ListRule>(config.mail, clock), config.lists.rule});
  if (config.forged_senders.enabled) {
    rules.push_back({std::make_unique<ForgedSenderRule>(config.mail, clock, config.forged_senders),
                     config.forged_senders.rule});
  }
  if (config.senders.enabled) {
    rules.push_back({std::make_unique<SenderRule>(config.mail, clock, config.senders), config.senders.rule});
  }
  if (config.closed_groups.enabled)
    rules.push_back({std::make_unique<ClosedGroupRule>(config.mail, clock), config.closed_groups.rule});
  if (config.inside_only.enabled)
    rules.push_back({std::make_unique<InsideOnlyRule>(config.mail, clock), config.inside_only.rule});
}

}  // namespace

std::vector<std::string> rule_names() {
  return {"accounts",    "lists", "forged_senders", "senders", "closed_groups",
          "inside_only", "quota", "greylist",       "limits",  "containment"};
}

std::shared_ptr<const RuleSet> make_rules(const Config& config, const RuleParts& parts) {
  RuleSet rules;
  add_access_rules(rules, config, parts.clock);
  if (config.quota.enabled) {
    rules.push_back(
        {std::make_unique<QuotaRule>(config.mail, parts.usage, parts.waiting, parts.clock, config.quota),
         config.quota.rule});
  }
  if (config.greylist.enabled) {
    rules.push_back({std::make_unique<GreylistRule>(parts.state, config.mail, config.greylist, parts.clock),
                     config.greylist.rule});
  }
  if (config.limits.enabled()) {
    rules.push_back(
        {std::make_unique<LimitRule>(parts.ledger, config.mail, config.limits, parts.clock, parts.log),
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
