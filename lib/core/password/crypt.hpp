// SPDX-License-Identifier: MIT
#pragma once

#include "core/password.hpp"
#include "core/secret.hpp"

#include <optional>
#include <string_view>

namespace extmail::password {

/// Checks against a hash of crypt(3), without `{CRYPT}`. A password with a zero byte is a mismatch.
[[nodiscard]] PasswordCheck check_crypt(std::string_view password, const Secret& hash);

/// Whether the hash is that of longer passwords too, or of others as long: DES is made of the first 8 bytes, bcrypt of 72, and
/// `$2x$` of less where there are bytes beyond ASCII (crypt(5)).
[[nodiscard]] bool is_ambiguous_crypt(std::string_view password, std::string_view hash);

/// Hashes with salt of the system; prefix and cost are those of crypt(5). Empty if the system does not have the
/// kind, and for a password with a zero byte.
[[nodiscard]] std::optional<Secret> make_crypt(std::string_view password, const char* prefix,
                                               unsigned long cost);

}  // namespace extmail::password
