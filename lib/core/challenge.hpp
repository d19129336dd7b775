// SPDX-License-Identifier: MIT
#pragma once

#include "core/password.hpp"
#include "core/secret.hpp"

#include <string>
#include <string_view>

namespace extmail {

/// What a client made of a challenge and its password: CRAM-MD5 (RFC 2195), and CRAM-SHA1 and CRAM-SHA256, which Courier has
/// besides.
struct ChallengeResponse {
  std::string mechanism;
  Secret challenge;   ///< as the client was sent it
  Secret digest_hex;  ///< of either case
};

/// Whether it was made with this password. Unusable: an unknown mechanism, or a digest that the system forbids.
/// Threads: may be called concurrently. Takes microseconds.
[[nodiscard]] PasswordCheck check_response(const ChallengeResponse& response, std::string_view password);

/// The same where `{CRAM-MD5}` or another verifier is stored. Unusable: it is none for this mechanism, or damaged.
[[nodiscard]] PasswordCheck check_response_by_verifier(const ChallengeResponse& response,
                                                       std::string_view stored);

}  // namespace extmail
