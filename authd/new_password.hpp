// SPDX-License-Identifier: MIT
#pragma once

#include "core/password.hpp"
#include "core/secret.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace extmail::authd {

/// What a new password has to be like, and what is stored of it: [authd.password_change].
struct NewPasswordRules {
  NewHash hash = NewHash::Sha512Crypt;
  std::size_t min_characters = 8;
  bool keeps_clear = true;  ///< a clearpwd that is there becomes the new password; else it is emptied
};

/// Why a password can't be the new one, in words for its user; empty where it can. old is empty where nobody gave it.
///
/// Limits: what the hash tells apart: kMaxPasswordBytes, kMaxBcryptPasswordBytes for bcrypt.
[[nodiscard]] std::string fault_of_new_password(std::string_view password, std::string_view old,
                                                const NewPasswordRules& rules);

/// What takes the place of a clearpwd that is there: the password, or nothing. Nothing too for one that the column may not
/// be able to hold, which depends on its character set and length: half a password would be worse than none, and a server
/// that refuses one quotes it in its error.
[[nodiscard]] Secret clear_copy(std::string_view password, const NewPasswordRules& rules);

}  // namespace extmail::authd
