// SPDX-License-Identifier: MIT
#include "policyd/policy_protocol.hpp"

#include "policyd/facts.hpp"
#include "wire/policy.hpp"

#include <memory>
#include <string>
#include <utility>

namespace extmail::policyd {

using namespace std::chrono_literals;

net::Protocol::Limits PolicyProtocol::limits() const {
  Limits limits;
  limits.idle = 330s;  // Postfix closes after 300 s itself; closing first would cost it a second of sleep
  return limits;
}

Frame PolicyProtocol::split(std::string_view input) const {
  return wire::policy::split_request(input);
}

void PolicyProtocol::serve(std::string_view payload, const net::Peer& peer, net::Responder responder) {
  auto facts = Facts::read(payload, peer.connection);
  if (!facts) {
    log_.write(Level::Warning, "bad_request",
               "pid " + std::to_string(peer.pid) + " sent no smtpd_access_policy request; closing");
    return responder.close();
  }
  // shared: std::function wants copies, and the answer is owed but once
  pipeline_.decide(std::move(facts),
                   [owed = std::make_shared<net::Responder>(std::move(responder))](
                       const std::string& action) { owed->reply(wire::policy::encode_action(action)); });
}

}  // namespace extmail::policyd
