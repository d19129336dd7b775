// SPDX-License-Identifier: MIT
#pragma once

#include "core/frame.hpp"
#include "core/secret.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The protocol that Courier's library, ExtMail and Cyrus SASL speak to Courier's authdaemond, server side: one request
/// and one answer a connection, in lines.
///
///   client: AUTH 41, then 41 bytes: service, `login`, user, password     server: UID=…, GID=…, …, then `.`; or FAIL
///   client: PRE . service user                                          server: the same
///   client: PASSWD service TAB user TAB old TAB new                     server: OK or FAIL
///   client: ENUMERATE                                                   server: # module, a line a mailbox, then `.`
///
/// Lines `NAME=value` may come before the command; TCPREMOTEIP names the client that logs in. There is no word for "try
/// again later": a connection that ends without an answer says so, and an answer without its last line does.
namespace extmail::wire::authdaemond {

/// What Courier's daemon has room for in a line, its end included, and in what AUTH brings (BUFSIZ, less a byte). Its
/// clients read answers, and lines of lists, into as much.
inline constexpr std::size_t kMaxLineBytes = 8191;
inline constexpr std::size_t kMaxBodyBytes = 8191;

/// All lines before the body: a client has few variables to tell.
inline constexpr std::size_t kMaxHeadBytes = 2 * kMaxLineBytes;

enum class Command {
  Login,           ///< AUTH: is this the user's password?
  Challenge,       ///< AUTH: is this the answer to that challenge?
  Lookup,          ///< PRE: who is this?
  ChangePassword,  ///< PASSWD
  Enumerate,
  Impossible,  ///< of a kind that nobody knows, or with nothing where a name or password belongs: the answer is FAIL
};

struct Request {
  Command command = Command::Impossible;
  std::string service;
  std::string user;
  Secret password;        ///< Login, and of ChangePassword the one so far
  Secret new_password;    ///< ChangePassword
  std::string mechanism;  ///< Challenge: CRAM-MD5, CRAM-SHA1, CRAM-SHA256
  Secret challenge;       ///< Challenge: as the client was sent it, decoded
  Secret digest_hex;      ///< Challenge: what the client made of it
  std::string remote;     ///< TCPREMOTEIP; mostly empty
};

/// Finds a request at the start of input; its payload is what decode_request() takes. Lines end with LF or CRLF.
///
/// Malformed, so that the connection ends without an answer as with Courier's: another command, a line or body that is too
/// long, a length that is no number.
[[nodiscard]] Frame split_request(std::string_view input);

/// Empty when parts are missing: not a line of two words for PRE, of four for PASSWD, a body of two lines for AUTH.
[[nodiscard]] std::optional<Request> decode_request(std::string_view payload);

/// What a client is told of a user. Empty fields are left out, and so are those with a line break or a zero byte in them:
/// they would read as fields of their own.
struct Account {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::string home;
  std::string address;  ///< as stored
  std::string name;     ///< of the person; what comes behind a comma is left out, as Courier does
  std::string maildir;
  std::string quota;      ///< maildirquota(7): `104857600S,1000C`
  Secret password;        ///< the hash
  Secret clear_password;  ///< what a login gave
  std::string options;    ///< `name=value,…`
};

[[nodiscard]] Secret encode(const Account& account);

/// What a list tells of a mailbox.
struct Listed {
  std::string user;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::string home;
  std::string maildir;
  std::string options;
};

/// The mailbox's line. Empty if a client could not read it: control characters in it, or longer than kMaxLineBytes.
[[nodiscard]] std::string encode(const Listed& mailbox);

inline constexpr std::string_view kOk = "OK\n";
inline constexpr std::string_view kFail = "FAIL\n";
/// Before a list and behind it. Without its end a client takes the list for broken off.
inline constexpr std::string_view kListBegin = "# extmail\n\n";
inline constexpr std::string_view kListEnd = ".\n";

}  // namespace extmail::wire::authdaemond
