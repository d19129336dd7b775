// SPDX-License-Identifier: MIT
#pragma once

#include "core/outcome.hpp"
#include "policyd/rule_set.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace extmail::policyd {

/// What rules make of one request by rows alone, before the state is asked.
struct Findings {
  /// What one rule said.
  struct Verdict {
    std::size_t rule = 0;  ///< its place in the set
    Action action;
  };
  struct Failure {
    std::size_t rule = 0;
    Outcome outcome = Outcome::TemporaryFailure;
    std::string reason;
  };
  struct Pending {
    std::size_t rule = 0;
    Step step;
  };

  std::optional<Verdict> decided;  ///< by the first rule that has something against the request
  std::vector<Verdict> tried;      ///< what rules on trial would have done
  std::vector<Failure> failures;
  std::vector<std::size_t> judged;  ///< rules that could tell, in their order
  std::vector<Pending> steps;  ///< what the state is to be asked if nothing was decided, in the rules' order
  std::optional<Verdict> exempted;  ///< why rules against strangers were passed over; its action is DUNNO
};

/// What a rule that can't tell makes Postfix do; empty where it is passed over.
[[nodiscard]] std::optional<Action> action_on_failure(const ActiveRule& rule, const std::string& reason);

/// Asks the rules in their order, all of them if none decides, so that rows which several lack are fetched at once.
[[nodiscard]] Findings judge(const RuleSet& rules, const std::shared_ptr<const Facts>& facts,
                             const Rows& rows);

}  // namespace extmail::policyd
