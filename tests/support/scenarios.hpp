// SPDX-License-Identifier: MIT
#pragma once

#include "core/mail_rules.hpp"
#include "support/fake_directory.hpp"

#include <vector>

/// What the maps answer, as one table for every way of asking: on the directory in memory, on MariaDB, and
/// through a real Postfix.
namespace extmail::tests {

struct Scenario {
  const char* story;
  const char* map;
  const char* key;
  const char* answer;  ///< null is not found
};

/// test.com as the guide sets it up, with one of everything that can stand in the tables.
void fill_with_scenarios(FakeDirectory& directory);

/// The configuration that they are answered under.
[[nodiscard]] MailRules scenario_rules();

[[nodiscard]] const std::vector<Scenario>& scenarios();

}  // namespace extmail::tests
