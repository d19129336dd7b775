// SPDX-License-Identifier: MIT
#pragma once

#include "policyd/rule.hpp"

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <variant>

namespace extmail::tests {

/// A policy request with these attributes and no others.
[[nodiscard]] inline std::shared_ptr<const policyd::Facts> policy_request(
    std::initializer_list<std::pair<const char*, std::string>> attributes, std::uint64_t connection = 1) {
  std::string text = "request=smtpd_access_policy\n";
  for (const auto& [name, value] : attributes)
    text += std::string(name) + '=' + value + '\n';
  return policyd::Facts::read(text, connection);
}

/// What a rule said: the action's text, or `-` for nothing against it, `exempt`, `step`, `temporary failure` or
/// `permanent failure`.
[[nodiscard]] inline std::string said(const Answer<policyd::Judgement>& answer) {
  switch (answer.outcome()) {
    case Outcome::NotFound:
      return "-";
    case Outcome::TemporaryFailure:
      return "temporary failure";
    case Outcome::PermanentFailure:
      return "permanent failure";
    case Outcome::Found:
      break;
  }
  if (const auto* action = std::get_if<policyd::Action>(&answer.value())) return action->text;
  return std::holds_alternative<policyd::Exempt>(answer.value()) ? "exempt" : "step";
}

}  // namespace extmail::tests
