// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>

namespace extmail::password {

/// About a second of HMAC with SHA-1 or SHA-256.
inline constexpr int kMaxRounds = 2000000;

/// A number of rounds from 1 to kMaxRounds, and nothing else; empty for any other text.
[[nodiscard]] std::optional<int> read_rounds(std::string_view text);

}  // namespace extmail::password
