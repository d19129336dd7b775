// SPDX-License-Identifier: MIT
#pragma once

#include "core/password.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace extmail {

/// A password, and what check_password() is to check it against.
struct PasswordToCheck {
  std::string_view password;
  std::string_view stored;
  std::string_view default_scheme = kDefaultScheme;
};

/// As many as one check_together() has room for.
inline constexpr std::size_t kMaxPasswordsTogether = 8;

/// Whether a password's check can share its work with others: those against MD5-crypt (`$1$`), ExtMail's usual hash, of
/// passwords of at most 15 bytes.
[[nodiscard]] bool can_be_checked_together(const PasswordToCheck& password);

/// What check_password() says of each, in their order; all of them passwords that can_be_checked_together().
///
/// From four on they take together as long as three, and give the same answers as one by one (lib/core/password/md5_crypt.hpp).
/// Threads: may be called concurrently.
/// Precondition: at most kMaxPasswordsTogether.
[[nodiscard]] std::vector<PasswordCheck> check_together(const std::vector<PasswordToCheck>& passwords);

}  // namespace extmail
