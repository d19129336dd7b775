// SPDX-License-Identifier: MIT
#pragma once

#include "policyd/rule.hpp"

#include <future>
#include <memory>
#include <string>
#include <utility>
#include <variant>

namespace extmail::tests {

/// What a rule decides in the end, its step taken: an action's text, "exempt", "" where it has nothing to say, and for
/// failures "temporary: …" and "permanent: …".
inline std::string decision_of(const policyd::Rule& rule, const std::shared_ptr<const policyd::Facts>& facts,
                               const policyd::Rows& rows, std::string* reason = nullptr) {
  const auto word = [&](const Answer<policyd::Action>& answer) -> std::string {
    if (answer.is_found() && reason != nullptr) *reason = answer.value().reason;
    if (answer.is_found()) return answer.value().text;
    if (answer.is_not_found()) return "";
    return (answer.outcome() == Outcome::TemporaryFailure ? "temporary: " : "permanent: ") + answer.reason();
  };
  const auto judgement = rule.judge(facts, rows);
  if (!judgement.is_found()) return word(Answer<policyd::Action>::same_failure(judgement));
  if (const auto* action = std::get_if<policyd::Action>(&judgement.value()))
    return word(Answer<policyd::Action>::found(*action));
  const auto* step = std::get_if<policyd::Step>(&judgement.value());
  if (step == nullptr) return "exempt";
  const auto done = std::make_shared<std::promise<Answer<policyd::Action>>>();
  (*step)([done](Answer<policyd::Action> answer) { done->set_value(std::move(answer)); });
  return word(done->get_future().get());
}

}  // namespace extmail::tests
