// SPDX-License-Identifier: MIT
#include "frame_properties.hpp"
#include "wire/tcp_table.hpp"

#include <cstddef>
#include <cstdint>

namespace tcp_table = extmail::wire::tcp_table;
using extmail::tests::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto frame = extmail::tests::check_split(tcp_table::split_request, input);
  if (frame.state == extmail::Frame::State::Complete) {
    const auto request = tcp_table::decode_request(frame.payload);
    require(request.key.size() <= frame.payload.size());
  }
  const auto reply = tcp_table::encode_reply(extmail::Answer<std::string>::found(std::string(input)));
  require(reply.size() <= tcp_table::kMaxReplyBytes);
  require(reply.find('\n') == reply.size() - 1);
  if (reply.substr(0, 4) != "200 ") return 0;
  // What is encoded comes back whole, as the key of a request.
  const auto echo = tcp_table::decode_request("get " + reply.substr(4, reply.size() - 5));
  require(echo.kind == tcp_table::Request::Kind::Get);
  require(echo.key == input);
  return 0;
}
