// SPDX-License-Identifier: MIT
#include "frame_properties.hpp"
#include "wire/policy.hpp"

#include <cstddef>
#include <cstdint>

namespace policy = extmail::wire::policy;
using extmail::tests::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto frame = extmail::tests::check_split(policy::split_request, input);
  if (frame.state == extmail::Frame::State::Complete) {
    if (const auto request = policy::decode_request(frame.payload)) {
      require(request->recipient.find('\n') == std::string_view::npos);
    }
  }
  if (input.empty()) return 0;
  const std::string action = policy::encode_action(input);
  require(action.find('\n') == action.size() - 2 && action.size() <= policy::kMaxActionBytes + 9);
  return 0;
}
