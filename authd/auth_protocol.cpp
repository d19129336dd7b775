// SPDX-License-Identifier: MIT
#include "authd/auth_protocol.hpp"

#include "wire/auth_protocol.hpp"

#include <memory>
#include <string>
#include <utility>

namespace extmail::authd {
namespace {

using wire::auth::Reply;
using wire::auth::Request;
using wire::auth::Status;
using wire::auth::Verb;

Reply refuse(const Request& request, std::string reason) {
  Reply reply;
  reply.status = Status::Permanent;
  reply.tag = request.tag;
  reply.reason = std::move(reason);
  return reply;
}

}  // namespace

AuthProtocol::AuthProtocol(Service& service, std::set<uid_t> credentials_users, Log& log)
    : service_(service), credentials_users_(std::move(credentials_users)), log_(log) {}

net::Protocol::Limits AuthProtocol::limits() const {
  Limits limits;
  limits.max_in_flight = 256;  // one connection carries all logins of a Dovecot
  return limits;               // no idle time: plugins keep their connection for as long as they live
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
  if (request->verb == Verb::Credentials && credentials_users_.count(peer.uid) == 0) {
    const auto reply =
        refuse(*request, "user id " + std::to_string(peer.uid) +
                             " may not ask for credentials; add it to authd.credentials_users");
    log_.write(Level::Warning, "peer_not_allowed", reply.reason);
    return responder.reply(wire::auth::encode(reply));
  }
  const auto owed = std::make_shared<net::Responder>(std::move(responder));
  service_.submit(std::move(*request),
                  [owed](const Reply& reply) { owed->reply(wire::auth::encode(reply)); });
}

Reply AuthProtocol::greet(const Request& hello) const {
  if (hello.version != wire::auth::kVersion) {
    auto reply = refuse(
        hello, "protocol version " + std::to_string(hello.version) + " is not spoken here, but version " +
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
