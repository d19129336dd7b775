// SPDX-License-Identifier: MIT
#include "wire/tcp_table.hpp"

#include <optional>
#include <utility>

namespace extmail::wire::tcp_table {
namespace {

/// A reason is for somebody who reads along; it need not be whole.
constexpr std::size_t kMaxReasonBytes = 1000;

constexpr std::string_view kDigits = "0123456789ABCDEF";

void append_encoded(std::string& line, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7f && c != '%') {
      line += c;
    } else {
      line += '%';
      line += kDigits[byte >> 4U];
      line += kDigits[byte & 15U];
    }
  }
}

std::string reply(std::string_view code, std::string_view text) {
  std::string line(code);
  line += ' ';
  append_encoded(line, text);
  return line += '\n';
}

std::string failure(std::string_view reason) {
  return reply("400", reason.substr(0, kMaxReasonBytes));
}

std::optional<unsigned> digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  return std::nullopt;
}

std::optional<std::string> decode(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain += text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const auto high = digit(text[i + 1]);
    const auto low = digit(text[i + 2]);
    if (!high || !low) return std::nullopt;
    plain += static_cast<char>(*high << 4U | *low);
    i += 2;
  }
  return plain;
}

}  // namespace

Frame split_request(std::string_view input) {
  const std::size_t end = input.substr(0, kMaxRequestBytes).find('\n');
  if (end == std::string_view::npos) {
    if (input.size() < kMaxRequestBytes) return Frame::incomplete();
    return Frame::malformed("a request over 16384 bytes");
  }
  const bool has_return = end > 0 && input[end - 1] == '\r';
  return Frame::complete(input.substr(0, has_return ? end - 1 : end), end + 1);
}

Request decode_request(std::string_view line) {
  constexpr std::string_view kGet = "get ";
  if (line.substr(0, kGet.size()) != kGet) return {};
  auto key = decode(line.substr(kGet.size()));
  if (!key) return {Request::Kind::Broken, {}};
  return {Request::Kind::Get, std::move(*key)};
}

std::string encode_reply(const Answer<std::string>& answer) {
  if (answer.is_not_found()) return reply("500", "not found");
  if (answer.is_failure()) return failure(answer.reason());
  if (answer.value().empty())
    return failure("the answer is empty, which Postfix takes for a configuration error");
  auto line = reply("200", answer.value());
  if (line.size() > kMaxReplyBytes)
    return failure("the answer is over 4096 bytes, the most that a tcp table can hold; use socketmap");
  return line;
}

std::string encode_refusal() {
  return reply("500", "only get is served");
}

}  // namespace extmail::wire::tcp_table
