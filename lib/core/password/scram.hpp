// SPDX-License-Identifier: MIT
#pragma once

#include "core/password.hpp"
#include "core/password/digest.hpp"

#include <optional>
#include <string_view>

namespace extmail::password {

/// What `rounds,salt,StoredKey,ServerKey` says (RFC 5802, written as Dovecot does: the latter three in base64).
struct ScramVerifier {
  int rounds = 0;
  Secret salt;
  Secret stored_key;
  Secret server_key;
};

/// Empty for any other text, for fewer rounds than kMinScramRounds and for more than kMaxRounds
/// (core/password/rounds.hpp).
[[nodiscard]] std::optional<ScramVerifier> read_scram(std::string_view text, Digest digest);

/// Unusable where only one of both keys is that of the password: the row is damaged.
///
/// The password is taken as it is, without SASLprep, as Dovecot does when it makes and when it checks a verifier.
[[nodiscard]] PasswordCheck check_scram(std::string_view password, const ScramVerifier& verifier,
                                        Digest digest);

/// Dovecot refuses fewer, with a password too.
inline constexpr int kMinScramRounds = 4096;

}  // namespace extmail::password
