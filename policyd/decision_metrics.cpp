// SPDX-License-Identifier: MIT
#include "policyd/decision_metrics.hpp"

#include <algorithm>
#include <utility>

namespace extmail::policyd {
namespace {

constexpr std::array<std::string_view, 2> kModes{"enforce", "log"};

double as_value(const std::atomic<std::uint64_t>& count) {
  return static_cast<double>(count.load(std::memory_order_relaxed));
}

}  // namespace

DecisionMetrics::DecisionMetrics(std::vector<std::string> rules)
    : names_(std::move(rules)), rules_(std::make_unique<OfRule[]>(names_.size())) {}

DecisionMetrics::OfRule* DecisionMetrics::find(std::string_view rule) {
  const auto found = std::find(names_.begin(), names_.end(), rule);
  return found == names_.end() ? nullptr : &rules_[static_cast<std::size_t>(found - names_.begin())];
}

void DecisionMetrics::acted(std::string_view rule, ActionKind kind, Mode mode) {
  if (auto* of_rule = find(rule))
    ++of_rule->actions.at(static_cast<std::size_t>(mode)).at(static_cast<std::size_t>(kind));
}

void DecisionMetrics::exempted(std::string_view rule) {
  if (auto* of_rule = find(rule)) ++of_rule->exemptions;
}

void DecisionMetrics::failed(std::string_view rule) {
  if (auto* of_rule = find(rule)) ++of_rule->failures;
}

void DecisionMetrics::answered(Stage stage, std::chrono::nanoseconds took) {
  ++requests_.at(static_cast<std::size_t>(stage));
  durations_.observe(took);
}

void DecisionMetrics::collect(metrics::Families& families) const {
  std::vector<metrics::Sample> requests;
  for (std::size_t stage = 0; stage < kStages; ++stage) {
    requests.push_back(
        {{{"stage", std::string(name_of(static_cast<Stage>(stage)))}}, as_value(requests_.at(stage))});
  }
  families.counter("extmail_policyd_requests_total", "Answered requests, by where Postfix asked.", requests);
  families.histogram("extmail_policyd_request_duration_seconds",
                     "Time from request to answer, waiting for the database and the state included.",
                     {{{}, durations_.snapshot()}});

  std::vector<metrics::Sample> decisions;
  std::vector<metrics::Sample> exemptions;
  std::vector<metrics::Sample> failures;
  for (std::size_t place = 0; place < names_.size(); ++place) {
    const auto& name = names_[place];
    const auto& rule = rules_[place];
    for (std::size_t mode = 0; mode < kModes.size(); ++mode) {
      for (std::size_t kind = 0; kind < kActionKinds; ++kind) {
        decisions.push_back({{{"rule", name},
                              {"action", std::string(name_of(static_cast<ActionKind>(kind)))},
                              {"mode", std::string(kModes.at(mode))}},
                             as_value(rule.actions.at(mode).at(kind))});
      }
    }
    exemptions.push_back({{{"rule", name}}, as_value(rule.exemptions)});
    failures.push_back({{{"rule", name}}, as_value(rule.failures)});
  }
  families.counter("extmail_policyd_decisions_total",
                   "Requests that a rule had something against. mode log: it was only logged.", decisions);
  families.counter("extmail_policyd_passed_total", "Requests that no rule had anything against.",
                   as_value(passed_));
  families.counter("extmail_policyd_exemptions_total",
                   "Requests that a rule spared from the rules against strangers.", exemptions);
  families.counter("extmail_policyd_rule_failures_total",
                   "Requests that a rule could not judge (rule_failing, rule_failed in the log).", failures);
}

}  // namespace extmail::policyd
