// SPDX-License-Identifier: MIT
#include "policyd/rehearsal.hpp"

#include "policyd/facts.hpp"

#include <string>
#include <utility>

namespace extmail::policyd {

RehearsalParts::RehearsalParts(State& kept, const Clock& clock)
    : state(kept), ledger(state, clock, log), metrics(rule_names()), health(clock, log) {}

Rehearsal::Rehearsal(RehearsalParts& parts, cache::Store& store, const Clock& clock,
                     std::shared_ptr<const RuleSet> rules)
    : parts_(parts),
      pipeline_(Pipeline::Parts{store, parts.metrics, parts.health, clock, parts.log}, std::move(rules)) {}

bool Rehearsal::explain(std::string_view attributes, Pipeline::Explained done) {
  // Each is a message of its own, on a connection of its own: none is counted together with another.
  const std::uint64_t number = ++requests_;
  std::string request =
      "request=smtpd_access_policy\nprotocol_state=RCPT\nprotocol_name=ESMTP\ninstance=explain." +
      std::to_string(number) + '\n';
  request += attributes;
  auto facts = Facts::read(request, number);
  if (!facts) return false;
  pipeline_.explain(std::move(facts), [&ledger = parts_.ledger, number, done = std::move(done)](
                                          const std::string& action, const Trail& trail) {
    ledger.ended(number);
    done(action, trail);
  });
  return true;
}

}  // namespace extmail::policyd
