// SPDX-License-Identifier: MIT
//
// The table as a whole, and the configurations that its lines run under.
#include "support/scenarios/topics.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>

namespace extmail::tests {
namespace {

MailRules guide() {
  MailRules rules;
  rules.mailhost_transport = "lmtp:inet:[%h]:24";
  rules.relay_transports = {"relay", "smtp"};
  return rules;
}

MailRules lenient() {
  MailRules rules;
  rules.recipient_delimiter = "+-";
  rules.access.enforce_expiry = false;
  rules.location.uid = 3000;
  rules.location.gid = 3001;
  return rules;
}

MailRules strict() {
  MailRules rules;
  rules.recipient_delimiter = "";
  rules.access.enforce_domain_services = true;
  rules.location.min_uid = 2000;
  rules.location.min_gid = 3000;
  return rules;
}

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

const std::vector<ScenarioRules>& scenario_rules() {
  static const std::vector<ScenarioRules> kRules{
      {"guide", guide(),
       "mailhost_transport = \"lmtp:inet:[%h]:24\"\nrelay_transports = [\"relay\", \"smtp\"]\n"},
      {"lenient", lenient(), "expiry = \"ignore\"\nrecipient_delimiter = \"+-\"\nuid = 3000\ngid = 3001\n"},
      {"strict", strict(),
       "recipient_delimiter = \"\"\nenforce_domain_services = true\nmin_uid = 2000\nmin_gid = 3000\n"},
  };
  return kRules;
}

const MailRules& scenario_rules(const std::string& name) {
  const auto& all = scenario_rules();
  const auto it = std::find_if(all.begin(), all.end(), [&](const auto& entry) { return entry.name == name; });
  if (it == all.end()) throw std::out_of_range("no scenario rules " + name);
  return it->rules;
}

const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario> kTable = make_table();
  return kTable;
}

}  // namespace extmail::tests
