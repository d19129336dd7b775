// SPDX-License-Identifier: MIT
#pragma once

#include "policyd/rule_set.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace extmail::tests {

/// A rule that says what a test wants.
class FakeRule final : public policyd::Rule {
 public:
  using Says = std::function<Answer<policyd::Judgement>(const policyd::Facts&, const policyd::Rows&)>;

  FakeRule(std::string name, Says says, bool is_for_strangers = false)
      : name_(std::move(name)), says_(std::move(says)), is_for_strangers_(is_for_strangers) {}

  [[nodiscard]] std::string_view name() const override { return name_; }
  [[nodiscard]] bool is_for_strangers() const override { return is_for_strangers_; }
  [[nodiscard]] Answer<policyd::Judgement> judge(const std::shared_ptr<const policyd::Facts>& facts,
                                                 const policyd::Rows& rows) const override {
    return says_(*facts, rows);
  }

 private:
  const std::string name_;
  const Says says_;
  const bool is_for_strangers_;
};

/// One that says the same whatever it is asked.
[[nodiscard]] inline policyd::ActiveRule fake_rule(const std::string& name,
                                                   const Answer<policyd::Judgement>& answer,
                                                   policyd::RuleSettings settings = {},
                                                   bool is_for_strangers = false) {
  return {
      std::make_unique<FakeRule>(
          name, [answer](const policyd::Facts&, const policyd::Rows&) { return answer; }, is_for_strangers),
      settings};
}

}  // namespace extmail::tests
