// SPDX-License-Identifier: MIT
#pragma once

#include "core/secret.hpp"

#include <cstddef>
#include <mutex>
#include <optional>
#include <string_view>

namespace extmail {

enum class PasswordCheck {
  Match,
  Mismatch,
  Unusable,  ///< no known scheme, or a damaged or far too costly hash: the row has to be mended, the password is not wrong
};

/// What a stored value is read as when it names no scheme: what ExtMan writes.
inline constexpr std::string_view kDefaultScheme = "CRYPT";

/// Checks a password against the column mailbox.password.
///
/// Schemes: extmail-passwords(7) lists them; core/password/scheme.cpp has them in a table. A name in braces is
/// compared without case, and may have the suffix `.HEX` or `.B64`. A value without one is of default_scheme,
/// unless it looks like a hash of crypt(3) or of Argon2: nobody who has read such a hash shall log in with it. An
/// empty password never matches.
/// Threads: may be called concurrently. Takes as long as the hash was made to take: microseconds to a second. See
/// is_quick().
/// Limits: passwords over kMaxPasswordBytes are a mismatch; values over password::kMaxStoredBytes
/// (core/password/scheme.hpp), and hashes that take over about a second or over 256 MiB are Unusable.
/// {DIGEST-MD5} is always Unusable here: it is a digest of the login name and realm too.
[[nodiscard]] PasswordCheck check_password(std::string_view password, std::string_view stored,
                                           std::string_view default_scheme = kDefaultScheme);

/// The password itself where the column stores it readably (`{PLAIN}`, `{CLEAR}`, `{CLEARTEXT}`); else empty.
[[nodiscard]] Secret clear_text(std::string_view stored, std::string_view default_scheme = kDefaultScheme);

/// Whether a name, as written in braces, is one of a scheme.
[[nodiscard]] bool is_known_scheme(std::string_view name);

/// SCRAM-SHA-1, SCRAM-SHA-256, CRAM-MD5 or DIGEST-MD5, where what is stored lets a server verify the answer to such a
/// challenge without being the password. Empty for everything else, for a damaged value, and for one that does not name
/// its scheme in braces, which a host can't be handed as it is.
[[nodiscard]] std::optional<std::string_view> challenge_scheme(std::string_view stored);

/// Whether a check takes microseconds, as comparing text or one digest does, so that it needs no hashing thread.
[[nodiscard]] bool is_quick(std::string_view stored, std::string_view default_scheme = kDefaultScheme);

/// The kinds of new hashes: those that ExtMail, Courier and both Dovecots verify.
enum class NewHash { Sha512Crypt, Bcrypt, Yescrypt };

/// A hash of the password with salt of its own, behind `{CRYPT}`.
///
/// Empty if the system's crypt(3) can't make that kind, and for a password that it could not tell from another: empty,
/// with a zero byte, over kMaxPasswordBytes, or over kMaxBcryptPasswordBytes for Bcrypt.
/// Threads: may be called concurrently. Takes some 25 to 60 ms and, for Yescrypt, 16 MiB.
[[nodiscard]] std::optional<Secret> hash_password(std::string_view password, NewHash kind);

/// Whether guessing the password from what is stored is cheaper than from a hash that hash_password() makes, so that
/// one of those should replace it: clear text, single digests, the old kinds of crypt(3), and new ones with fewer
/// rounds. Not so what serves challenges, Argon2, and what can't be used anyway.
[[nodiscard]] bool is_weak(std::string_view stored, std::string_view default_scheme = kDefaultScheme);

/// Whether a password that matches need not be the one that was set, because the hash is made of its beginning only. A new hash
/// of it might shut out who set it: so one that ends where DES or bcrypt stop reading is ambiguous too.
[[nodiscard]] bool is_ambiguous(std::string_view password, std::string_view stored,
                                std::string_view default_scheme = kDefaultScheme);

/// Makes an unknown user answer no sooner than a wrong password: a hash of the kind that was checked last for somebody
/// who exists; at first of the kind that ExtMan writes.
///
/// Keeps a copy of that hash, but no clear password.
/// Threads: may be called concurrently.
class DecoyHash {
 public:
  DecoyHash();

  /// Values that can't be used are not resembled.
  void resemble(std::string_view stored, std::string_view default_scheme = kDefaultScheme);
  /// What an unknown user's password is to be checked against; names its scheme, or looks like a hash of crypt(3).
  [[nodiscard]] Secret hash() const;
  /// As the function is_quick().
  [[nodiscard]] bool is_quick() const;

 private:
  mutable std::mutex mutex_;
  Secret hash_;  // guarded by mutex_
};

/// crypt(3)'s own bound (CRYPT_MAX_PASSPHRASE_SIZE, 512 with its final zero byte).
inline constexpr std::size_t kMaxPasswordBytes = 511;

/// bcrypt ignores what comes behind them.
inline constexpr std::size_t kMaxBcryptPasswordBytes = 72;

}  // namespace extmail
