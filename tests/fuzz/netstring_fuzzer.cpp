// SPDX-License-Identifier: MIT
#include "frame_properties.hpp"
#include "wire/netstring.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

using extmail::Frame;
using extmail::tests::require;
using extmail::wire::append_netstring;
using extmail::wire::netstring_size;
using extmail::wire::split_netstring;

namespace {

constexpr std::size_t kLarge = 1U << 24U;
constexpr std::size_t kSmall = 64;

/// All netstrings at the start of input, as a session takes them one after the other.
void check_stream(std::string_view input, std::size_t limit) {
  while (true) {
    const Frame frame = extmail::tests::check_split(
        [&](std::string_view text) { return split_netstring(text, limit); }, input);
    if (frame.state != Frame::State::Complete) return;
    require(frame.payload.size() <= limit);
    // There is one way to write a netstring: what was read is what would be written.
    std::string again;
    append_netstring(again, frame.payload);
    require(again == input.substr(0, frame.consumed));
    require(again.size() == netstring_size(frame.payload.size()));
    input.remove_prefix(frame.consumed);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  check_stream(input, kLarge);
  check_stream(input, kSmall);

  std::string framed("x");
  append_netstring(framed, input);
  framed += "x";
  const Frame frame = split_netstring(std::string_view(framed).substr(1), kLarge);
  require(frame.state == Frame::State::Complete && frame.payload == input);
  require(frame.consumed + 2 == framed.size());
  if (!input.empty())
    require(split_netstring(std::string_view(framed).substr(1), size - 1).state == Frame::State::Malformed);
  return 0;
}
