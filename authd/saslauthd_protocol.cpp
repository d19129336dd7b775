// SPDX-License-Identifier: MIT
#include "authd/saslauthd_protocol.hpp"

#include "wire/saslauthd.hpp"

#include <memory>
#include <string>
#include <utility>

namespace extmail::authd {
namespace {

using namespace std::chrono_literals;
using wire::auth::Reply;
using wire::auth::Status;

/// The library can be told yes, no, or nothing; only a wrong name or password is a no.
std::string answer_for(const Reply& reply) {
  switch (reply.status) {
    case Status::Ok:
      return wire::encode_saslauthd_ok();
    case Status::Unknown:
    case Status::Mismatch:
    case Status::Denied:
      return wire::encode_saslauthd_no("authentication failed");
    default:
      return wire::encode_saslauthd_unavailable();
  }
}

}  // namespace

SaslauthdProtocol::SaslauthdProtocol(Authenticator& authenticator, AnnouncedClients& clients)
    : authenticator_(authenticator),
      clients_(clients),
      refusal_(wire::encode_saslauthd_no("not a saslauthd request")) {}

net::Protocol::Limits SaslauthdProtocol::limits() const {
  Limits limits;
  limits.one_request = true;
  limits.idle = 10s;
  return limits;
}

Frame SaslauthdProtocol::split(std::string_view input) const {
  return wire::split_saslauthd(input);
}

void SaslauthdProtocol::serve(std::string_view payload, const net::Peer& peer, net::Responder responder) {
  auto decoded = wire::decode_saslauthd(payload);
  if (!decoded) return responder.reply(refusal_);
  wire::auth::Request request;
  request.verb = wire::auth::Verb::Verify;
  request.user = decoded->user();
  request.password = std::move(decoded->password);
  request.service = decoded->service;
  request.remote = clients_.take(peer, request.user);
  const auto owed = std::make_shared<net::Responder>(std::move(responder));
  authenticator_.submit(std::move(request),
                        [owed](const Reply& reply, const AccountRecord*) { owed->reply(answer_for(reply)); });
}

}  // namespace extmail::authd
