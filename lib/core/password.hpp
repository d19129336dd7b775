// SPDX-License-Identifier: MIT
#pragma once

#include "core/secret.hpp"

#include <string_view>

namespace extmail {

enum class PasswordCheck {
  Match,
  Mismatch,
  Unusable,  ///< no known scheme, or a damaged hash: the row has to be mended, the password is not wrong
};

/// Checks a password against the column mailbox.password.
///
/// Schemes: crypt(3) hashes of libxcrypt, bare (`$1$…`, `$5$…`, `$6$…`, `$2y$…`, `$y$…`) or behind `{CRYPT}`;
/// `{PLAIN}` and `{CLEARTEXT}`. Names in braces are compared without case. An empty password never matches.
/// Threads: may be called concurrently. Takes as long as the hash was made to take: milliseconds to a second.
/// Limits: passwords over kMaxPasswordBytes are a mismatch.
[[nodiscard]] PasswordCheck check_password(std::string_view password, std::string_view stored);

/// Takes the time of a check against an ExtMan hash, so that an unknown user answers no sooner than a wrong
/// password.
void check_password_of_nobody(std::string_view password);

/// The password itself where the column stores it readably (`{PLAIN}`, `{CLEARTEXT}`); else empty.
[[nodiscard]] std::string_view clear_text(std::string_view stored);

/// crypt(3)'s own bound (CRYPT_MAX_PASSPHRASE_SIZE, 512 with its final zero byte).
inline constexpr std::size_t kMaxPasswordBytes = 511;

}  // namespace extmail
