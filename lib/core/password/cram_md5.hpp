// SPDX-License-Identifier: MIT
#pragma once

#include "core/password.hpp"

#include <optional>
#include <string_view>

namespace extmail::password {

/// Checks against what a server keeps for CRAM-MD5 in place of the password: the state of MD5 after the first block of
/// HMAC's outer and then of its inner digest, 16 bytes each, lowest byte first, as Dovecot and Courier write it.
[[nodiscard]] PasswordCheck check_cram_md5(std::string_view password, std::string_view states);

/// The HMAC of a challenge that who knows the password sends. Empty where states are not as long as two, or the system forbids
/// MD5.
[[nodiscard]] std::optional<Secret> answer_cram_md5(std::string_view states, std::string_view challenge);

}  // namespace extmail::password
