// SPDX-License-Identifier: MIT
#pragma once

#include "core/frame.hpp"
#include "core/secret.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The protocol between the plugins and extmail-authd: a unix stream socket, one netstring a message. A
/// message is a list of netstrings: its verb or status, its tag, then `name=value` fields, so any byte may
/// stand in a value. Requests may be sent without waiting; replies carry the tag of their request and come in
/// any order.
///
///   client: hello 1 version=1 host=dovecot-2.3        server: ok 1 version=1
///   client: verify 7 user=u@d password=p service=imap server: ok 7 user=u@d uid=2525 …
///
/// A server that has trouble answers `temporary`; a peer that breaks the protocol is cut off.
namespace extmail::wire::auth {

inline constexpr unsigned kVersion = 1;

/// A message over this is refused; the longest user, password and home fit many times.
inline constexpr std::size_t kMaxMessageBytes = 65536;

enum class Verb {
  Hello,        ///< names the protocol version and the host program; first on every connection
  Verify,       ///< is this the user's password, and may they log in? Answers with the user data too
  User,         ///< user data without a password: who is this, where is their mail?
  Credentials,  ///< the clear password where one is stored; privileged (checked by SO_PEERCRED)
};

struct Request {
  Verb verb = Verb::Hello;
  std::uint64_t tag = 0;
  unsigned version = kVersion;  ///< hello only
  std::string host;             ///< hello only: "dovecot-2.3", "cyrus-sasl", …, for the log
  std::string user;
  Secret password;       ///< verify only
  std::string service;   ///< as the host calls it: imap, pop3, smtp, lmtp, doveadm, …
  std::string remote;    ///< address of the person who logs in; may be empty
  bool secured = false;  ///< the person's connection is encrypted or local
};

enum class Status {
  Ok,
  Unknown,    ///< no such user
  Mismatch,   ///< wrong password
  Denied,     ///< known, but may not: inactive, expired, service disabled; reason says which
  Temporary,  ///< nobody could tell; never to be shown as a wrong password
  Permanent,  ///< this row, our configuration, or the peer's rights are wrong; reason says what
};

/// What a host needs to open the mail of a user, in neutral terms: each plugin words it for its host.
struct UserData {
  std::string user;  ///< as stored, which may differ in case from what was asked
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::string home;
  std::string maildir;
  std::optional<std::uint64_t> quota_bytes;     ///< 0 is unlimited; absent leaves the host's default
  std::optional<std::uint64_t> quota_messages;  ///< likewise
};

struct Reply {
  Status status = Status::Temporary;
  std::uint64_t tag = 0;
  std::string reason;                    ///< for logs; empty with Ok
  std::optional<UserData> user;          ///< Ok to verify and user
  std::optional<Secret> clear_password;  ///< Ok to credentials, where a clear password is stored
};

/// The next message at the start of input; its payload is what decode_request() and decode_reply() take.
[[nodiscard]] Frame split_message(std::string_view input);

/// A message ready to send, framing included. Held in a Secret because it may carry a password.
[[nodiscard]] Secret encode(const Request& request);
[[nodiscard]] Secret encode(const Reply& reply);

/// Empty when payload is no valid message: unknown verb or status, missing tag, a field without `=`, a number
/// out of range. Unknown fields are skipped, so that both ends can be updated one after the other.
[[nodiscard]] std::optional<Request> decode_request(std::string_view payload);
[[nodiscard]] std::optional<Reply> decode_reply(std::string_view payload);

}  // namespace extmail::wire::auth
