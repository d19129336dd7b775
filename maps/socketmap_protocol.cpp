// SPDX-License-Identifier: MIT
#include "maps/socketmap_protocol.hpp"

#include "maps/map_table.hpp"
#include "wire/socketmap.hpp"

#include <string>
#include <utility>

namespace extmail::maps {
namespace {

using namespace std::chrono_literals;
using Result = Answer<std::string>;

/// Far below the 100 s after which Postfix gives up on a server.
constexpr auto kLookupTime = 10s;

Result unknown_map(std::string_view name) {
  constexpr std::size_t kMaxNameBytes = 100;
  return Result::permanent_failure("unknown map " + std::string(name.substr(0, kMaxNameBytes)) +
                                   "; known are " + known_maps());
}

}  // namespace

SocketmapProtocol::SocketmapProtocol(std::shared_ptr<const AddressMaps> maps, net::Workers& workers, Log& log)
    : maps_(std::move(maps)), workers_(workers), log_(log) {}

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
  const Lookup lookup = request ? find_map(request->map) : nullptr;
  if (lookup == nullptr) {
    const auto answer = request ? unknown_map(request->map)
                                : Result::permanent_failure("request without a space between map and key");
    log_.write(Level::Warning, "bad_request", answer.reason());
    return responder.reply(wire::socketmap::encode_reply(answer));
  }

  // shared, because the task may be refused and the answer is still owed then
  const auto owed = std::make_shared<net::Responder>(std::move(responder));
  const bool accepted =
      workers_.submit([&log = log_, maps = maps_, lookup, owed, map = std::string(request->map),
                       key = std::string(request->key), deadline = Deadline::clock::now() + kLookupTime] {
        const auto answer = (*maps.*lookup)(key, deadline);
        if (answer.outcome() == Outcome::PermanentFailure) {
          log.write(Level::Error, "lookup_failed", map + ' ' + key + ": " + answer.reason());
        }
        owed->reply(wire::socketmap::encode_reply(answer));
      });
  if (!accepted)
    owed->reply(wire::socketmap::encode_reply(Result::temporary_failure("too many lookups are waiting")));
}

}  // namespace extmail::maps
