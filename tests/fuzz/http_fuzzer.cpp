// SPDX-License-Identifier: MIT
#include "frame_properties.hpp"
#include "wire/http.hpp"

#include <cstddef>
#include <cstdint>

namespace http = extmail::wire::http;
using extmail::tests::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using Kind = http::Request::Kind;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto frame = extmail::tests::check_split(http::split_request, input);
  require(frame.consumed <= http::kMaxHeadBytes);
  require(frame.state != extmail::Frame::State::Incomplete || size < http::kMaxHeadBytes);
  // The decoder is for whole heads, but must bear anything.
  const auto request =
      http::decode_request(frame.state == extmail::Frame::State::Complete ? frame.payload : input);
  require(request.path.empty() || (request.path.data() >= input.data() &&
                                   request.path.data() + request.path.size() <= input.data() + input.size()));
  require(request.path.find('?') == std::string_view::npos &&
          request.path.find(' ') == std::string_view::npos);
  const http::Response response{200, "text/plain", std::string(input)};
  const auto whole = http::encode_response(response, Kind::Get);
  const auto head = http::encode_response(response, Kind::Head);
  require(whole == head + response.body);
  return 0;
}
