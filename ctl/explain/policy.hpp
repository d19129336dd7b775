// SPDX-License-Identifier: MIT
#pragma once

#include "core/outcome.hpp"
#include "ctl/explain/explanation.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace extmail::ctl {

/// A message to one recipient, as smtpd knows it at RCPT.
struct Mail {
  std::string from;  ///< empty: the null sender
  std::string to;
  std::string login;   ///< empty: nobody has logged in
  std::string client;  ///< IP address
};

/// What extmail-policyd would tell Postfix.
struct PolicyAnswer {
  std::vector<Step> steps;  ///< one for each rule that was asked
  std::string action;       ///< of access(5)
};

/// The control request of extmail-policyd(8).
[[nodiscard]] std::string policy_question(const Mail& mail);

/// All lines of its answer. TemporaryFailure for ERROR, and for what is no such answer.
[[nodiscard]] Answer<PolicyAnswer> read_policy_answer(std::string_view lines);

}  // namespace extmail::ctl
