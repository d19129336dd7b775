// SPDX-License-Identifier: MIT
#pragma once

#include "core/secret.hpp"

#include <mutex>
#include <string_view>

namespace extmail {

enum class PasswordCheck {
  Match,
  Mismatch,
  Unusable,  ///< no known scheme, or a damaged or far too costly hash: the row has to be mended, the password is not wrong
};

/// Checks a password against the column mailbox.password.
///
/// Schemes: crypt(3) hashes of libxcrypt, bare (`$1$…`, `$5$…`, `$6$…`, `$2y$…`, `$y$…`) or behind `{CRYPT}`;
/// `{PLAIN}` and `{CLEARTEXT}`. Names in braces are compared without case. An empty password never matches.
/// Threads: may be called concurrently. Takes as long as the hash was made to take: milliseconds to a second.
/// Limits: passwords over kMaxPasswordBytes are a mismatch; hashes that take over about a second are Unusable
/// (core/crypt_cost.hpp).
[[nodiscard]] PasswordCheck check_password(std::string_view password, std::string_view stored);

/// Makes an unknown user answer no sooner than a wrong password: a hash of the kind that was checked last for somebody
/// who exists; at first of the kind that ExtMan writes.
///
/// Threads: may be called concurrently.
class DecoyHash {
 public:
  DecoyHash();

  void resemble(std::string_view stored);
  void check(std::string_view password) const;

 private:
  mutable std::mutex mutex_;
  Secret hash_;  // guarded by mutex_
};

/// The password itself where the column stores it readably (`{PLAIN}`, `{CLEARTEXT}`); else empty.
[[nodiscard]] std::string_view clear_text(std::string_view stored);

/// crypt(3)'s own bound (CRYPT_MAX_PASSPHRASE_SIZE, 512 with its final zero byte).
inline constexpr std::size_t kMaxPasswordBytes = 511;

}  // namespace extmail
