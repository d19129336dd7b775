// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace extmail {

/// A mailbox's limits; 0 is unlimited, absent was not said.
struct Quota {
  std::optional<std::uint64_t> bytes;
  std::optional<std::uint64_t> messages;

  bool operator==(const Quota&) const = default;
};

/// Reads `104857600S`, `104857600S,1000C` (Courier, maildirquota(7)) and plain bytes (VDA). Parts that are
/// neither, or too large for 64 bits, are left out.
[[nodiscard]] Quota parse_quota(std::string_view text);

}  // namespace extmail
