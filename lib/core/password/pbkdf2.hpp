// SPDX-License-Identifier: MIT
#pragma once

#include "core/password.hpp"

#include <optional>
#include <string_view>

namespace extmail::password {

/// What `$1$salt$rounds$key` says, as Dovecot writes it: PBKDF2 with HMAC-SHA-1, the salt as it stands there.
struct Pbkdf2Hash {
  std::string_view salt;
  int rounds = 0;
  Secret key;
};

/// Empty for any other text, and for more than kMaxRounds (core/password/rounds.hpp).
[[nodiscard]] std::optional<Pbkdf2Hash> read_pbkdf2(std::string_view text);

[[nodiscard]] PasswordCheck check_pbkdf2(std::string_view password, const Pbkdf2Hash& hash);

}  // namespace extmail::password
