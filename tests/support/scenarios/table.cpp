// SPDX-License-Identifier: MIT
//
// The table as a whole.
#include "support/scenarios/topics.hpp"

#include <utility>

namespace extmail::tests {
namespace {

std::vector<Scenario> make_table() {
  std::vector<Scenario> table;
  for (const auto& topic :
       {alias_scenarios(), domain_alias_scenarios(), domain_scenarios(), key_scenarios(), mailbox_scenarios(),
        refusal_scenarios(), routing_scenarios(), sender_scenarios()}) {
    table.insert(table.end(), topic.begin(), topic.end());
  }
  return table;
}

}  // namespace

Expected refused(std::string words) {
  return {Outcome::PermanentFailure, std::move(words)};
}

const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario> table = make_table();
  return table;
}

}  // namespace extmail::tests
