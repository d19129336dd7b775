// SPDX-License-Identifier: MIT
#pragma once

#include "core/frame.hpp"
#include "core/secret.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// The protocol that Cyrus SASL's library speaks to saslauthd, server side: one request and one reply a
/// connection, made of counted strings (16-bit big-endian length, then bytes).
///
///   client: login, password, service, realm[, "ip;port"]     server: "OK", "NO why", or "" for trouble
///
/// There is no word for "try again later", but the library takes a reply that is too short for one as that
/// (SASL_FAIL, which Postfix makes a 454). What a server can refuse for good, it must refuse with NO.
namespace extmail::wire {

/// What Cyrus' own saslauthd accepts for each string (MAX_REQ_LEN).
inline constexpr std::size_t kMaxSaslauthdFieldBytes = 256;

/// What the library reads of a reply; it cuts the rest off.
inline constexpr std::size_t kMaxSaslauthdReplyBytes = 1023;

struct SaslauthdRequest {
  std::string login;
  Secret password;
  std::string service;
  std::string realm;  ///< empty when the library knew none

  /// The account that is meant. The library cuts a user name at its last `@`; this joins it again.
  [[nodiscard]] std::string user() const;
};

/// Finds the four strings of a request at the start of input; its payload is what decode_saslauthd() takes.
///
/// Complete after the fourth: only newer libraries send the fifth, so waiting for it would hang the others.
/// Malformed: a string over kMaxSaslauthdFieldBytes, as soon as its length is there. Answer NO before
/// closing, as Cyrus' own does: no account has such a name or password, so trying again is of no use.
[[nodiscard]] Frame split_saslauthd(std::string_view input);

/// Empty when payload is not exactly four strings within the limit. Strings are taken as they are: empty, and
/// with any byte in them.
[[nodiscard]] std::optional<SaslauthdRequest> decode_saslauthd(std::string_view payload);

[[nodiscard]] std::string encode_saslauthd_ok();

/// why is for people who look at the socket: the library tells nobody. Cut to fit kMaxSaslauthdReplyBytes.
[[nodiscard]] std::string encode_saslauthd_no(std::string_view why);

/// "Nobody could tell": an empty string. A bare close would say the same, but there the library (2.1.28 and
/// before) forgets to close its end, so that a long outage eats up the host's file descriptors.
[[nodiscard]] std::string encode_saslauthd_unavailable();

}  // namespace extmail::wire
