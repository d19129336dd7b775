// SPDX-License-Identifier: MIT
#include "maps/tcp_table_protocol.hpp"

#include "wire/tcp_table.hpp"

namespace extmail::maps {

net::Protocol::Limits TcpTableProtocol::limits() const {
  Limits limits;
  limits.idle = std::chrono::seconds(
      0);  // Postfix keeps an idle connection, and waits a second before it makes another
  return limits;
}

Frame TcpTableProtocol::split(std::string_view input) const {
  return wire::tcp_table::split_request(input);
}

std::string_view TcpTableProtocol::farewell() const {
  return wire::tcp_table::kTooLong;
}

void TcpTableProtocol::serve(std::string_view payload, const net::Peer&, net::Responder responder) {
  using wire::tcp_table::Request;
  const auto request = wire::tcp_table::decode_request(payload);
  if (request.kind == Request::Kind::Other) return responder.reply(wire::tcp_table::encode_refusal());
  if (request.kind == Request::Kind::Broken) {
    const auto answer =
        Answer<std::string>::permanent_failure("a key that is not encoded as tcp_table(5) has it");
    log_.write(Level::Warning, "bad_request", answer.reason());
    return responder.reply(wire::tcp_table::encode_reply(answer));
  }
  lookups_.find(map_, request.key, [owed = std::move(responder)](const Answer<std::string>& answer) mutable {
    owed.reply(wire::tcp_table::encode_reply(answer));
  });
}

}  // namespace extmail::maps
