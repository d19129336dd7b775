// SPDX-License-Identifier: MIT
#pragma once

#include "core/frame.hpp"
#include "core/outcome.hpp"

#include <cstddef>
#include <string>
#include <string_view>

/// Postfix's tcp_table(5), server side: lines `get SP <key>` answered by lines `200 SP <data>`, `500 SP <text>` (there is
/// none) and `400 SP <text>` (try again). Keys and texts are written with `%XX` for `%`, white space and what is not
/// printable ASCII.
namespace extmail::wire::tcp_table {

/// Longest request: the longest path of SMTP, each byte encoded, is under half of it. Postfix itself has no limit.
inline constexpr std::size_t kMaxRequestBytes = 16384;

/// Longest reply that Postfix takes, its newline included (dict_tcp.c, DICT_TCP_MAXLEN).
inline constexpr std::size_t kMaxReplyBytes = 4096;

/// What is sent before a connection is closed whose request is too long.
inline constexpr std::string_view kTooLong = "400 request%20too%20long\n";

/// The next line in input, without its end (LF or CR LF). Malformed beyond kMaxRequestBytes.
[[nodiscard]] Frame split_request(std::string_view input);

/// What a line asks for.
struct Request {
  enum class Kind {
    Get,
    Broken,  ///< a key that is not encoded right
    Other,   ///< `put`, or nothing we know
  };
  Kind kind = Kind::Other;
  std::string key;  ///< decoded; of Get only
};
[[nodiscard]] Request decode_request(std::string_view line);

/// The whole reply. There is but one code for failures, 400. What Postfix would refuse, data that is empty or, encoded,
/// does not fit kMaxReplyBytes, is sent as such a failure; reasons are cut.
[[nodiscard]] std::string encode_reply(const Answer<std::string>& answer);

/// The reply to Kind::Other.
[[nodiscard]] std::string encode_refusal();

}  // namespace extmail::wire::tcp_table
