// SPDX-License-Identifier: MIT
#include "core/quota.hpp"

#include <algorithm>
#include <charconv>

namespace extmail {

Quota parse_quota(std::string_view text) {
  Quota quota;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view part = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));

    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), number);
    if (error != std::errc()) continue;
    const std::string_view unit = part.substr(static_cast<std::size_t>(end - part.data()));
    if (unit.empty() || unit == "S") quota.bytes = number;
    if (unit == "C") quota.messages = number;
  }
  return quota;
}

}  // namespace extmail
