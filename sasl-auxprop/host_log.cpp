// SPDX-License-Identifier: MIT
#include "host_log.hpp"

#include <cstddef>

namespace extmail::sasl {
namespace {

// An address has at most 254 bytes (RFC 5321).
constexpr std::size_t kMaxPrintedBytes = 256;

}  // namespace

void log_to_host(const sasl_utils_t& utils, int level, const std::string& text) {
  utils.log(utils.conn, level, "extmail: %s", text.c_str());
}

std::string printable(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (const char c : text.substr(0, kMaxPrintedBytes)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '\\') {
      out.push_back(c);
    } else {
      out.append("\\x").append(1, kHex[byte >> 4]).append(1, kHex[byte & 0xf]);
    }
  }
  if (text.size() > kMaxPrintedBytes) out.append("...");
  return out;
}

}  // namespace extmail::sasl
