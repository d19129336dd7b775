// SPDX-License-Identifier: MIT
#include "ctl/explain/policy.hpp"

#include <array>
#include <cstddef>
#include <sstream>
#include <utility>

namespace extmail::ctl {
namespace {

constexpr std::size_t kFields = 4;

/// Fields with a tab between them; those that are missing are empty.
std::array<std::string, kFields> fields_of(const std::string& line) {
  std::array<std::string, kFields> fields;
  std::istringstream stream(line);
  for (auto& field : fields)
    std::getline(stream, field, '\t');
  return fields;
}

Step step_of(const std::array<std::string, kFields>& fields) {
  const auto& [rule, said, action, why] = fields;
  Step step{"policy rule", rule, Outcome::NotFound, {}};
  if (said == "failure") {
    step.outcome = Outcome::TemporaryFailure;
    step.answer = why;
    return step;
  }
  if (said == "action") {
    step.outcome = Outcome::Found;
    step.answer = action;
  }
  if (said == "tried_out") step.notes.push_back("only tried out (mode = \"log\"): " + action);
  if (said == "exempt") step.notes.emplace_back("rules against strangers are passed over");
  if (!why.empty()) step.notes.push_back(why);
  return step;
}

}  // namespace

std::string policy_question(const Mail& mail) {
  std::string question = "explain sender=" + mail.from + "\trecipient=" + mail.to +
                         "\tclient_address=" + mail.client + "\tclient_name=unknown\trecipient_count=0";
  if (!mail.login.empty()) question += "\tsasl_method=PLAIN\tsasl_username=" + mail.login;
  return question;
}

Answer<PolicyAnswer> read_policy_answer(std::string_view lines) {
  using Told = Answer<PolicyAnswer>;
  PolicyAnswer answer;
  std::istringstream stream{std::string(lines)};
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with("ERROR "))
      return Told::temporary_failure("extmail-policyd: " + line.substr(sizeof "ERROR " - 1));
    if (line == "OK") break;
    const auto fields = fields_of(line);
    if (fields[0] == "=") {
      answer.action = fields[1];
    } else {
      answer.steps.push_back(step_of(fields));
    }
  }
  if (answer.action.empty()) return Told::temporary_failure("extmail-policyd: the answer is not whole");
  return Told::found(std::move(answer));
}

}  // namespace extmail::ctl
