// SPDX-License-Identifier: MIT
#pragma once

#include "core/secret.hpp"

#include <optional>
#include <string_view>

namespace extmail::password {

/// The bytes behind hexadecimal digits, of either case; empty where it is anything else.
[[nodiscard]] std::optional<Secret> decode_hex(std::string_view text);

/// The bytes behind base64 (RFC 4648, section 4), padded or not; empty where it is anything else, bits that must be
/// zero included.
[[nodiscard]] std::optional<Secret> decode_base64(std::string_view text);

}  // namespace extmail::password
