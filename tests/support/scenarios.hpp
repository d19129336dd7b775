// SPDX-License-Identifier: MIT
#pragma once

#include "core/mail_rules.hpp"
#include "core/outcome.hpp"
#include "support/fake_directory.hpp"

#include <string>
#include <vector>

/// What the maps answer, as one table for every way of asking: on the directory in memory, on MariaDB, and
/// through a real Postfix, beside its own tables. The lines are in support/scenarios/, a file for each topic.
namespace extmail::tests {

/// How a lookup has to end: found with this text, not found (null), or, by refused(), a permanent failure.
struct Expected {
  Expected(std::nullptr_t) : outcome(Outcome::NotFound) {}
  Expected(const char* answer) : outcome(Outcome::Found), text(answer) {}
  Expected(std::string answer) : outcome(Outcome::Found), text(std::move(answer)) {}
  Expected(Outcome how, std::string words) : outcome(how), text(std::move(words)) {}

  Outcome outcome;
  std::string text;  ///< the whole answer; of a failure, words that its reason has to hold
};

[[nodiscard]] Expected refused(std::string words);

/// A configuration that scenarios run under, in both its forms.
struct ScenarioRules {
  const char* name;
  MailRules rules;
  const char* toml;  ///< the same as lines of [mail] in extmail.toml
};

/// "guide" is what most installations have: expiry enforced, `+` starts an extension, mail of some mailboxes is
/// on other hosts, some domains are relayed. "lenient" is how old data is taken over: expiry ignored, nothing
/// relayed, `+` and `-` start an extension, one owner for all mail. "strict" enforces the services of domains
/// and knows no extensions.
[[nodiscard]] const std::vector<ScenarioRules>& scenario_rules();
[[nodiscard]] const MailRules& scenario_rules(const std::string& name);

struct Scenario {
  std::string story;
  std::string map;
  std::string key;
  Expected answer;
  std::string rules = "guide";
};

/// test.com as the guide sets it up, with one of everything that can stand in the tables.
void fill_with_scenarios(FakeDirectory& directory);

[[nodiscard]] const std::vector<Scenario>& scenarios();

}  // namespace extmail::tests
