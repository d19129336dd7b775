// SPDX-License-Identifier: MIT
#include "frame_properties.hpp"
#include "wire/saslauthd.hpp"

#include <cstddef>
#include <cstdint>

using extmail::tests::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto frame = extmail::tests::check_split(extmail::wire::split_saslauthd, input);
  if (frame.state != extmail::Frame::State::Complete) return 0;
  const auto request = extmail::wire::decode_saslauthd(frame.payload);
  require(request.has_value());
  require(request->user().size() >= request->login.size());
  return 0;
}
