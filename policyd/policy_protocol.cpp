// SPDX-License-Identifier: MIT
#include "policyd/policy_protocol.hpp"

#include "wire/policy.hpp"

#include <string>
#include <utility>

namespace extmail::policyd {
namespace {

using namespace std::chrono_literals;

/// Far below the 100 s after which Postfix gives up on a policy server.
constexpr auto kDecisionTime = 10s;

}  // namespace

PolicyProtocol::PolicyProtocol(std::shared_ptr<const Rules> rules, net::Workers& workers, Log& log)
    : rules_(std::move(rules)), workers_(workers), log_(log) {}

net::Protocol::Limits PolicyProtocol::limits() const {
  Limits limits;
  limits.idle = 330s;  // Postfix closes after 300 s itself; closing first would cost it a second of sleep
  return limits;
}

Frame PolicyProtocol::split(std::string_view input) const {
  return wire::policy::split_request(input);
}

void PolicyProtocol::serve(std::string_view payload, const net::Peer& peer, net::Responder responder) {
  if (!wire::policy::decode_request(payload)) {
    log_.write(Level::Warning, "bad_request",
               "pid " + std::to_string(peer.pid) + " sent no smtpd_access_policy request; closing");
    return responder.close();
  }
  // A task that is refused destroys its responder, which closes: Postfix then takes its default action.
  (void)workers_.submit([rules = rules_, text = std::string(payload), owed = std::move(responder),
                         deadline = Deadline::clock::now() + kDecisionTime]() mutable {
    const auto request = wire::policy::decode_request(text);
    owed.reply(wire::policy::encode_action(rules->decide(*request, deadline)));
  });
}

}  // namespace extmail::policyd
