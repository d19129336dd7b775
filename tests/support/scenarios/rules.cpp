// SPDX-License-Identifier: MIT
//
// The configurations that the lines of the table run under.
#include "support/scenarios.hpp"

#include <algorithm>
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

}  // namespace

const std::vector<ScenarioRules>& scenario_rules() {
  static const std::vector<ScenarioRules> all{
      {"guide", guide(),
       "mailhost_transport = \"lmtp:inet:[%h]:24\"\nrelay_transports = [\"relay\", \"smtp\"]\n"},
      {"lenient", lenient(), "expiry = \"ignore\"\nrecipient_delimiter = \"+-\"\nuid = 3000\ngid = 3001\n"},
      {"strict", strict(),
       "recipient_delimiter = \"\"\nenforce_domain_services = true\nmin_uid = 2000\nmin_gid = 3000\n"},
  };
  return all;
}

const MailRules& scenario_rules(const std::string& name) {
  const auto& all = scenario_rules();
  const auto it = std::find_if(all.begin(), all.end(), [&](const auto& entry) { return entry.name == name; });
  if (it == all.end()) throw std::out_of_range("no scenario rules " + name);
  return it->rules;
}

}  // namespace extmail::tests
