// SPDX-License-Identifier: MIT
#include "authd/auth_protocol.hpp"

#include "authd/account_rules.hpp"
#include "authd/hash_queue.hpp"
#include "authd/refusals.hpp"
#include "wire/auth_protocol.hpp"

#include <memory>
#include <string>
#include <utility>

namespace extmail::authd {

using wire::auth::Reply;
using wire::auth::Request;
using wire::auth::Status;
using wire::auth::Verb;

namespace {

bool is_reset(const Request& request) {
  return request.verb == Verb::ChangePassword && request.password.empty();
}

/// Of libsasl2's, which has the password already: where what is stored is not enough, it goes on to ask saslauthd.
bool may_go_on_to_saslauthd(const Request& request) {
  return request.verb == Verb::Credentials && (request.scheme == "PLAIN" || request.scheme == "LOGIN");
}

}  // namespace

AuthProtocol::AuthProtocol(Authenticator& authenticator, PeerRights rights, AnnouncedClients& clients,
                           Log& log)
    : authenticator_(authenticator), rights_(std::move(rights)), clients_(clients), log_(log) {}

net::Protocol::Limits AuthProtocol::limits() const {
  Limits limits;
  // One connection carries all logins of a Dovecot, and those that are held back or wait for a hash stay in flight: those
  // of a few clients may not keep the others out.
  limits.max_in_flight = 2 * HashQueue::kMaxQueued;
  return limits;  // no idle time: plugins keep their connection for as long as they live
}

Frame AuthProtocol::split(std::string_view input) const {
  return wire::auth::split_message(input);
}

void AuthProtocol::serve(std::string_view payload, const net::Peer& peer, net::Responder responder) {
  auto request = wire::auth::decode_request(payload);
  if (!request) {
    log_.write(Level::Warning, "bad_request",
               "pid " + std::to_string(peer.pid) +
                   " does not speak the auth protocol; closing. Is its plugin of the same "
                   "release as extmail-authd?");
    return responder.close();
  }
  if (request->verb == Verb::Hello) return responder.reply(wire::auth::encode(greet(*request)));
  if (const std::string fault = fault_of(*request, peer.uid); !fault.empty()) {
    const auto reply = refusal(*request, Status::Permanent, fault);
    log_.write(Level::Warning, "peer_not_allowed", reply.reason);
    return responder.reply(wire::auth::encode(reply));
  }
  if (may_go_on_to_saslauthd(*request) && !clients_.announce(peer, request->user, request->remote))
    request->verifies_next = false;  // not here, or from nowhere
  const auto done = [owed = std::make_shared<net::Responder>(std::move(responder))](
                        const Reply& reply, const AccountRecord*) { owed->reply(wire::auth::encode(reply)); };
  if (is_reset(*request)) return authenticator_.set_password(std::move(*request), done);
  authenticator_.submit(std::move(*request), done);
}

std::string AuthProtocol::fault_of(const Request& request, uid_t peer) const {
  const std::string who = "user id " + std::to_string(peer) + " may not ";
  if (request.verb == Verb::Credentials || request.verb == Verb::List) {
    if (rights_.credentials.count(peer) > 0) return {};
    return who + "ask for credentials; add it to authd.credentials_users";
  }
  if (request.verb != Verb::ChangePassword || !authenticator_.changes_passwords()) return {};
  if (is_reset(request)) {
    if (rights_.password_resets.count(peer) > 0) return {};
    return who + "set passwords without the old one; add it to authd.password_change.reset_users";
  }
  if (rights_.password_changes.count(peer) > 0) return {};
  return who + "change passwords; add it to authd.password_change.users";
}

Reply AuthProtocol::greet(const Request& hello) const {
  if (hello.version != wire::auth::kVersion) {
    auto reply =
        refusal(hello, Status::Permanent,
                "protocol version " + std::to_string(hello.version) + " is not spoken here, but version " +
                    std::to_string(wire::auth::kVersion) + "; install plugin and daemon of one release");
    log_.write(Level::Error, "bad_version", hello.host + ": " + reply.reason);
    return reply;
  }
  log_.write(Level::Debug, "hello", hello.host);
  Reply reply;
  reply.status = Status::Ok;
  reply.tag = hello.tag;
  return reply;
}

}  // namespace extmail::authd
