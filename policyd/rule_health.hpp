// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"
#include "core/log.hpp"
#include "core/outcome.hpp"
#include "policyd/rule_set.hpp"

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace extmail::policyd {

/// Says once that a rule can't tell, what happens meanwhile, and once that it can again, however many requests there are.
///
/// Threads: all members may be called concurrently.
class RuleHealth {
 public:
  /// A rule that still knows some rows while others can't be had works and fails by turns: it works again when it has not
  /// failed for so long.
  static constexpr std::chrono::seconds kQuiet{5};

  /// Both must outlive the health.
  RuleHealth(const Clock& clock, Log& log) : clock_(clock), log_(log) {}

  /// subject is of the request: for what an admin has to mend (PermanentFailure), which is said once a minute.
  void failed(const ActiveRule& rule, Outcome outcome, const std::string& reason, const std::string& subject);

  void worked(std::string_view rule);

 private:
  struct State {
    bool is_failing = false;
    Time last_failure{};
    OncePerMinute may_complain;
  };

  const Clock& clock_;
  Log& log_;
  std::atomic<int> failing_{0};                    // so that all is well costs no lock
  std::mutex mutex_;                               // guards states_
  std::unordered_map<std::string, State> states_;  // by the rule's name
};

}  // namespace extmail::policyd
