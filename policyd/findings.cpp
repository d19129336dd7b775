// SPDX-License-Identifier: MIT
#include "policyd/findings.hpp"

#include <utility>
#include <variant>

namespace extmail::policyd {

std::optional<Action> action_on_failure(const ActiveRule& rule, const std::string& reason) {
  if (rule.settings.is_log_only) return std::nullopt;
  switch (rule.settings.on_failure) {
    case OnFailure::Defer:
      return Action{"DEFER 4.3.0 this can't be checked now, please try again later", reason};
    case OnFailure::Reject:
      return Action{"REJECT 5.3.0 this can't be checked now", reason};
    case OnFailure::Dunno:
      break;
  }
  return std::nullopt;
}

Findings judge(const RuleSet& rules, const std::shared_ptr<const Facts>& facts, const Rows& rows) {
  Findings findings;
  findings.judged.reserve(rules.size());
  findings.steps.reserve(rules.size());
  for (std::size_t place = 0; place < rules.size() && !findings.decided; ++place) {
    const ActiveRule& active = rules[place];
    if (findings.exempted && active.rule->is_for_strangers()) continue;
    auto answer = active.rule->judge(facts, rows);
    if (answer.is_failure()) {
      findings.failures.push_back({place, answer.outcome(), answer.reason()});
      if (auto action = action_on_failure(active, answer.reason()))
        findings.decided = {place, std::move(*action)};
      continue;
    }
    findings.judged.push_back(place);
    if (answer.is_not_found()) continue;
    if (auto* action = std::get_if<Action>(&answer.value())) {
      if (active.settings.is_log_only) {
        findings.tried.push_back({place, std::move(*action)});
      } else {
        findings.decided = {place, std::move(*action)};
      }
    } else if (auto* exempt = std::get_if<Exempt>(&answer.value())) {
      if (!active.settings.is_log_only) findings.exempted = {place, {"DUNNO", std::move(exempt->reason)}};
    } else {
      findings.steps.push_back({place, std::move(std::get<Step>(answer.value()))});
    }
  }
  return findings;
}

}  // namespace extmail::policyd
