// SPDX-License-Identifier: MIT
#include "policyd/rule_health.hpp"

namespace extmail::policyd {

void RuleHealth::failed(const ActiveRule& rule, Outcome outcome, const std::string& reason,
                        const std::string& subject) {
  const std::string name(rule.rule->name());
  const Time now = clock_.now();
  const std::lock_guard lock(mutex_);
  State& state = states_[name];
  if (outcome == Outcome::PermanentFailure) {
    if (state.may_complain(now))
      log_.write(Level::Error, "rule_failed", name + ": " + subject + ": " + reason);
    return;
  }
  state.last_failure = now;
  if (state.is_failing) return;
  state.is_failing = true;
  ++failing_;
  log_.write(Level::Warning, "rule_failing",
             name + ": " + reason + "; until it can tell again, on_failure (" +
                 std::string(name_of(rule.settings.on_failure)) +
                 ") is what happens to mail that it can't judge");
}

void RuleHealth::worked(std::string_view rule) {
  if (failing_ == 0) return;
  const std::lock_guard lock(mutex_);
  const auto state = states_.find(std::string(rule));
  if (state == states_.end() || !state->second.is_failing) return;
  if (clock_.now() - state->second.last_failure < kQuiet) return;
  state->second.is_failing = false;
  --failing_;
  log_.write(Level::Notice, "rule_works_again", std::string(rule) + " can tell again");
}

}  // namespace extmail::policyd
