// SPDX-License-Identifier: MIT
#include "wire/saslauthd.hpp"

#include <array>

namespace extmail::wire {
namespace {

constexpr std::size_t kRequestFields = 4;
constexpr std::size_t kLengthBytes = 2;

/// The counted string at the start of input, as a frame.
Frame split_counted(std::string_view input) {
  if (input.size() < kLengthBytes) return Frame::incomplete();
  const auto high = static_cast<unsigned char>(input[0]);
  const auto low = static_cast<unsigned char>(input[1]);
  const std::size_t length = (std::size_t{high} << 8) | low;
  if (length > kMaxSaslauthdFieldBytes) return Frame::malformed("saslauthd string is longer than 256 bytes");
  if (input.size() - kLengthBytes < length) return Frame::incomplete();
  return Frame::complete(input.substr(kLengthBytes, length), kLengthBytes + length);
}

std::string encode_counted(std::string_view text) {
  std::string out;
  out.reserve(kLengthBytes + text.size());
  out.push_back(static_cast<char>(text.size() >> 8));
  out.push_back(static_cast<char>(text.size() & 0xff));
  return out.append(text);
}

}  // namespace

std::string SaslauthdRequest::user() const {
  return realm.empty() ? login : login + '@' + realm;
}

Frame split_saslauthd(std::string_view input) {
  std::size_t consumed = 0;
  for (std::size_t i = 0; i < kRequestFields; ++i) {
    const Frame field = split_counted(input.substr(consumed));
    if (field.state != Frame::State::Complete) return field;
    consumed += field.consumed;
  }
  return Frame::complete(input.substr(0, consumed), consumed);
}

std::optional<SaslauthdRequest> decode_saslauthd(std::string_view payload) {
  std::array<std::string_view, kRequestFields> fields;
  for (auto& text : fields) {
    const Frame field = split_counted(payload);
    if (field.state != Frame::State::Complete) return std::nullopt;
    text = field.payload;
    payload.remove_prefix(field.consumed);
  }
  if (!payload.empty()) return std::nullopt;
  return SaslauthdRequest{std::string(fields[0]), Secret(fields[1]), std::string(fields[2]),
                          std::string(fields[3])};
}

std::string encode_saslauthd_ok() {
  return encode_counted("OK");
}

std::string encode_saslauthd_no(std::string_view why) {
  if (why.empty()) return encode_counted("NO");
  std::string text("NO ");
  text.append(why.substr(0, kMaxSaslauthdReplyBytes - text.size()));
  return encode_counted(text);
}

std::string encode_saslauthd_unavailable() {
  return encode_counted("");
}

}  // namespace extmail::wire
