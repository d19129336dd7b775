// SPDX-License-Identifier: MIT
#include "frame_properties.hpp"
#include "wire/socketmap.hpp"

#include <cstddef>
#include <cstdint>

namespace socketmap = extmail::wire::socketmap;
using extmail::tests::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto frame = extmail::tests::check_split(socketmap::split_request, input);
  if (frame.state != extmail::Frame::State::Complete) return 0;
  if (const auto request = socketmap::decode_request(frame.payload)) {
    require(request->map.size() + 1 + request->key.size() == frame.payload.size());
  }
  const auto reply = socketmap::encode_reply(extmail::Answer<std::string>::found(std::string(frame.payload)));
  require(reply.find("OK ") != std::string::npos || frame.payload.empty());
  return 0;
}
