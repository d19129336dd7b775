// SPDX-License-Identifier: MIT
#pragma once

#include "core/frame.hpp"
#include "core/secret.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The protocol between the plugins and extmail-authd: a unix stream socket, one netstring a message. A
/// message is a list of netstrings: its verb or status, its tag, then `name=value` fields, so any byte may
/// stand in a value. Requests may be sent without waiting; replies carry the tag of their request and come in
/// any order.
///
///   client: hello 1 version=3 host=dovecot-2.3        server: ok 1
///   client: verify 7 user=u@d password=p service=imap server: ok 7 user=u@d uid=2525 …
///   client: list 8 after=m@d                          server: ok 8 name=n@d name=o@d … more=1
///
/// A server that has trouble answers `temporary`; a peer that breaks the protocol is cut off.
namespace extmail::wire::auth {

inline constexpr unsigned kVersion = 3;

/// A message over this is refused; the longest user, password and home fit many times.
inline constexpr std::size_t kMaxMessageBytes = 65536;

enum class Verb {
  Hello,           ///< names the protocol version and the host program; first on every connection
  Verify,          ///< is this the user's password, and may they log in? Answers with the user data too
  User,            ///< user data without a password: who is this, where is their mail?
  Credentials,     ///< what is stored of the password that the host can use, and the user data; privileged
  List,            ///< the mailboxes' names, a page at a time; privileged (checked by SO_PEERCRED)
  ChangePassword,  ///< stores another password; who does not give the old one needs a privilege of its own
};

struct Request {
  Verb verb = Verb::Hello;
  std::uint64_t tag = 0;
  unsigned version = kVersion;  ///< hello only
  std::string host;             ///< hello only: "dovecot-2.3", "cyrus-sasl", …, for the log
  std::string user;
  Secret password;      ///< verify, and change password: the one so far
  Secret new_password;  ///< change password only
  std::string
      scheme;  ///< credentials only: what the host wants (CRAM-MD5, …), for the log; empty: the user data will do
  bool verifies_next =
      false;  ///< credentials only: the host has the password, and has it verified by the saslauthd protocol
              ///< if no clear one is given
  std::string after;     ///< list only: the last name of the page before; empty: from the start
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
  std::string mailhost;  ///< the mail is on this host: connect the user there; empty: it is here
  /// Further fields from the admin, by the host's own names: `allow_nets`, `nologin`; those of a userdb begin with
  /// `userdb_`.
  std::vector<std::pair<std::string, std::string>> extra;
};

struct Reply {
  Status status = Status::Temporary;
  std::uint64_t tag = 0;
  std::string reason;            ///< for logs; empty with Ok
  std::optional<UserData> user;  ///< Ok to verify, user and credentials
  std::optional<Secret>
      clear_password;  ///< Ok to credentials, where the clear password is known; may be kept back from a
                       ///< host that verifies next
  std::optional<Secret>
      stored_password;             ///< Ok to credentials: `{SCRAM-SHA-256}…` and other forms that prove
                                   ///< a password without giving it away; never a hash that can't
  std::vector<std::string> names;  ///< Ok to list, in order
  bool has_more = false;           ///< Ok to list: ask again, after the last name
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
