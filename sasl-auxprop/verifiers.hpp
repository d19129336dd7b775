// SPDX-License-Identifier: MIT
#pragma once

#include "core/secret.hpp"

#include <optional>
#include <string_view>

namespace extmail::sasl {

/// A property by which libsasl2 can check the answer to a challenge without the password itself.
struct Verifier {
  std::string_view mechanism;  ///< the only one that can use it
  const char* property;        ///< without the `*` of the authentication id
  Secret value;                ///< any bytes
};

/// What libsasl2 calls a password that is stored as `{SCRAM-SHA-1}`, `{SCRAM-SHA-256}` or `{CRAM-MD5}`, in the forms that Dovecot
/// writes. Empty for every other form and for a damaged value.
[[nodiscard]] std::optional<Verifier> verifier_of(std::string_view stored);

}  // namespace extmail::sasl
