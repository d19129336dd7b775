// SPDX-License-Identifier: MIT
#include "core/printable.hpp"

#include <algorithm>
#include <cstdint>

#include <unistr.h>

namespace extmail {
namespace {

std::string escape(char byte) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto value = static_cast<unsigned char>(byte);
  return {'\\', 'x', kHex[value >> 4], kHex[value & 0xf]};
}

/// What a terminal or a reader of lines takes for more than a character: controls, U+2028 and U+2029, which part lines, and
/// those that turn the direction of the text around them.
bool is_control(ucs4_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x200e || code == 0x200f ||
         (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

/// How many bytes at the start of text are one printable character; 0 for none.
std::size_t printable_bytes(std::string_view text) {
  ucs4_t code = 0;
  const int length = u8_mbtoucr(&code, reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  return length < 1 || is_control(code) ? 0 : static_cast<std::size_t>(length);
}

}  // namespace

std::string printable(std::string_view text, std::size_t max_bytes) {
  const bool is_plain = std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
  if (is_plain && text.size() <= max_bytes) return std::string(text);
  std::string safe;
  while (!text.empty()) {
    const std::size_t bytes = printable_bytes(text);
    const std::string piece = bytes > 0 ? std::string(text.substr(0, bytes)) : escape(text.front());
    if (safe.size() + piece.size() > max_bytes) return safe + "…";
    safe += piece;
    text.remove_prefix(bytes > 0 ? bytes : 1);
  }
  return safe;
}

std::optional<std::size_t> count_printable(std::string_view text) {
  std::size_t characters = 0;
  for (; !text.empty(); ++characters) {
    const std::size_t bytes = printable_bytes(text);
    if (bytes == 0) return std::nullopt;
    text.remove_prefix(bytes);
  }
  return characters;
}

std::string log_value(std::string_view text) {
  constexpr std::size_t kMaxValueBytes = 256;
  text = text.substr(0, kMaxValueBytes);
  constexpr std::string_view kNotPlain = " \"=<>,;\\";
  if (!text.empty() && text.find_first_of(kNotPlain) == std::string_view::npos) return std::string(text);
  std::string quoted("\"");
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted.push_back('\\');
    quoted.push_back(c);
  }
  return quoted + '"';
}

}  // namespace extmail
