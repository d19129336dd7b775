// SPDX-License-Identifier: MIT
#pragma once

#include "core/frame.hpp"
#include "core/outcome.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// Postfix's socketmap_table(5), both sides: netstrings `<map> SP <key>` answered by netstrings `OK SP
/// <data>`, `NOTFOUND SP`, `TEMP SP <reason>`, `PERM SP <reason>`.
namespace extmail::wire::socketmap {

/// Longest request: Postfix 3.12 cuts keys at socketmap_max_query_size (10000 bytes), older ones don't; the
/// rest is room for the name of the map.
inline constexpr std::size_t kMaxRequestBytes = 16384;

/// Longest reply that Postfix takes (dict_sockmap.c, DICT_SOCKMAP_MAX_REPLY).
inline constexpr std::size_t kMaxReplyBytes = 100000;

struct Request {
  std::string_view map;
  std::string_view key;
};

/// The next request in input. Malformed beyond kMaxRequestBytes.
[[nodiscard]] Frame split_request(std::string_view input);

/// Empty when there is no space between map and key. Views payload.
[[nodiscard]] std::optional<Request> decode_request(std::string_view payload);

/// The framed reply. What Postfix would refuse, data that is empty or over kMaxReplyBytes, is sent as PERM;
/// reasons are cut.
[[nodiscard]] std::string encode_reply(const Answer<std::string>& answer);

/// The framed request, as Postfix sends it. Empty where nobody would take it: over kMaxRequestBytes, or a map whose name is
/// empty or has a space.
[[nodiscard]] std::string encode_request(const Request& request);

/// The next reply in input. Malformed beyond kMaxReplyBytes, which Postfix would not take either.
[[nodiscard]] Frame split_reply(std::string_view input);

/// What Postfix makes of a reply: TIMEOUT is a temporary failure as TEMP is, and so is what it does not understand.
[[nodiscard]] Answer<std::string> decode_reply(std::string_view payload);

}  // namespace extmail::wire::socketmap
