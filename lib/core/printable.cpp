// SPDX-License-Identifier: MIT
#include "core/printable.hpp"

#include <cstdint>

#include <unistr.h>

namespace extmail {
namespace {

std::string escape(char byte) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto value = static_cast<unsigned char>(byte);
  return {'\\', 'x', kHex[value >> 4], kHex[value & 0xf]};
}

/// How many bytes at the start of text are one printable character; 0 for none.
std::size_t printable_bytes(std::string_view text) {
  ucs4_t code = 0;
  const int length = u8_mbtoucr(&code, reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  const bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
  return length < 1 || control ? 0 : static_cast<std::size_t>(length);
}

}  // namespace

std::string printable(std::string_view text, std::size_t max_bytes) {
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
