// SPDX-License-Identifier: MIT
#include "maps/socketmap_protocol.hpp"

#include "wire/socketmap.hpp"

#include <string>
#include <utility>

namespace extmail::maps {
namespace {

using namespace std::chrono_literals;
using Result = Answer<std::string>;

}  // namespace

net::Protocol::Limits SocketmapProtocol::limits() const {
  Limits limits;
  limits.idle =
      120s;  // Postfix closes idle connections after 10 s itself; closing first would cost it a retry
  return limits;
}

Frame SocketmapProtocol::split(std::string_view input) const {
  return wire::socketmap::split_request(input);
}

void SocketmapProtocol::serve(std::string_view payload, const net::Peer&, net::Responder responder) {
  const auto request = wire::socketmap::decode_request(payload);
  if (!request) {
    const auto answer = Result::permanent_failure("request without a space between map and key");
    log_.write(Level::Warning, "bad_request", answer.reason());
    return responder.reply(wire::socketmap::encode_reply(answer));
  }
  lookups_.find(request->map, request->key, [owed = std::move(responder)](const Result& answer) mutable {
    owed.reply(wire::socketmap::encode_reply(answer));
  });
}

}  // namespace extmail::maps
