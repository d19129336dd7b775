// SPDX-License-Identifier: MIT
#include "wire/netstring.hpp"

#include <algorithm>
#include <charconv>

namespace extmail::wire {
namespace {

// Postfix's own netstring code stops at nine digits as well; it keeps the length far from any overflow.
constexpr std::size_t kMaxLengthDigits = 9;

}  // namespace

Frame split_netstring(std::string_view input, std::size_t max_payload_bytes) {
  const std::size_t digits = static_cast<std::size_t>(
      std::find_if(input.begin(), input.end(), [](char c) { return c < '0' || c > '9'; }) - input.begin());
  if (digits > kMaxLengthDigits) return Frame::malformed("netstring length has too many digits");
  if (digits > 1 && input.front() == '0') return Frame::malformed("netstring length starts with a zero");
  if (digits == input.size()) return Frame::incomplete();
  if (digits == 0 || input[digits] != ':')
    return Frame::malformed("not a netstring: no length followed by a colon");

  std::size_t length = 0;
  std::from_chars(input.data(), input.data() + digits, length);
  if (length > max_payload_bytes) return Frame::malformed("netstring is longer than the limit");

  const std::size_t start = digits + 1;
  if (input.size() - start <= length) return Frame::incomplete();
  if (input[start + length] != ',') return Frame::malformed("netstring does not end in a comma");
  return Frame::complete(input.substr(start, length), start + length + 1);
}

void append_netstring(std::string& out, std::string_view payload) {
  out.append(std::to_string(payload.size())).append(1, ':').append(payload).append(1, ',');
}

std::size_t netstring_size(std::size_t payload_bytes) {
  return std::to_string(payload_bytes).size() + payload_bytes + 2;
}

}  // namespace extmail::wire
