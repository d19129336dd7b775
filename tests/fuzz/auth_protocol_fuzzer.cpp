// SPDX-License-Identifier: MIT
#include "frame_properties.hpp"
#include "wire/auth_protocol.hpp"

#include <cstddef>
#include <cstdint>

namespace auth = extmail::wire::auth;
using extmail::tests::require;

namespace {

/// What was read and is written again must read as the same.
template <typename Message, typename Decode>
void check_round_trip(const std::optional<Message>& message, Decode decode) {
  if (!message) return;
  const auto framed = auth::encode(*message);
  const auto frame = auth::split_message(framed.view());
  if (frame.state != extmail::Frame::State::Complete) return;  // grew over the limit by being complete
  const auto again = decode(frame.payload);
  require(again.has_value() && again->tag == message->tag);
  require(auth::encode(*again).view() == framed.view());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto frame = extmail::tests::check_split(auth::split_message, input);
  const std::string_view payload = frame.state == extmail::Frame::State::Complete ? frame.payload : input;
  check_round_trip(auth::decode_request(payload), auth::decode_request);
  check_round_trip(auth::decode_reply(payload), auth::decode_reply);
  return 0;
}
