// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace extmail {

/// text fit for one line of a log: control characters and broken UTF-8 as \xHH, cut behind max_bytes.
[[nodiscard]] std::string printable(std::string_view text, std::size_t max_bytes);

/// How many characters text has; empty where it is no UTF-8, or has a character that printable() would not leave as it is.
[[nodiscard]] std::optional<std::size_t> count_printable(std::string_view text);

/// text, cut at 256 bytes so that the fields behind it stay in the line, as a value in a `name=value` log line: in double quotes where it could otherwise be taken for more
/// than a value.
[[nodiscard]] std::string log_value(std::string_view text);

}  // namespace extmail
