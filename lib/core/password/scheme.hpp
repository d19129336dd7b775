// SPDX-License-Identifier: MIT
#pragma once

#include "core/password/digest.hpp"
#include "core/secret.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace extmail::password {

/// What the bytes of a stored value are.
enum class Form {
  Crypt,         ///< text for crypt(3)
  Clear,         ///< the password
  Digest,        ///< of the password
  SaltedDigest,  ///< of password and salt, then the salt
  Pbkdf2,        ///< `$1$salt$rounds$key in hexadecimal`
  Argon2,        ///< `$argon2id$…`
  Scram,         ///< `rounds,salt,StoredKey,ServerKey`
  CramMd5,       ///< the two states of HMAC-MD5
  DigestMd5,     ///< MD5 of `user:realm:password`
};

/// Longest value that is read: the column is a varchar(255), of up to four bytes a character.
inline constexpr std::size_t kMaxStoredBytes = 1020;

/// A value of the column, as far as it can be read without a password.
struct StoredValue {
  Form form;
  Digest digest;  ///< where the form is one of digests or keys
  Secret bytes;   ///< never empty; decoded, with the length that the form's digest has
  bool named;     ///< its scheme stands in braces
};

/// Whether a name, as written in braces, is one of a scheme.
[[nodiscard]] bool is_scheme(std::string_view name);

/// Reads a stored value; empty if it names no known scheme, is empty or too long, or is not encoded as its scheme
/// has it.
///
/// Without a suffix the length tells hexadecimal digits and base64 apart where a digest has one length; `{MD5}` is
/// MD5-crypt (Dovecot's) where it begins with `$1$`, else a digest (Courier's and ExtMail's).
[[nodiscard]] std::optional<StoredValue> read_stored(std::string_view stored,
                                                     std::string_view default_scheme);

}  // namespace extmail::password
