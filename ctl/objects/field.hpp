// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace extmail::ctl {

/// What values a column takes, and how they are written.
enum class FieldKind : std::uint8_t {
  Text,
  Count,   ///< a whole number, not negative
  Size,    ///< bytes: "500M", "unlimited"; in the table as Courier has it, 524288000S
  Date,    ///< a day, "2027-01-31", or "never", which the table has as 0000-00-00
  Period,  ///< of time, as ExtMan has it: "1y", "6m", "30d", or "never", which is 0
  Flag,    ///< yes or no; in the table 1 or 0
  Choice,  ///< one of Field::choices
};

/// A column of a table that an administrator may set: an option of the command line, a column of an import.
struct Field {
  std::string_view column;  ///< its name, everywhere
  FieldKind kind = FieldKind::Text;
  std::string_view help;
  std::optional<std::string_view> initial =
      {};                            ///< what a new row gets where nobody says otherwise; empty: NULL
  bool is_listed = false;            ///< in the table that `list` prints for people
  std::size_t max_characters = 255;  ///< of a Text: what the column holds
  std::string_view choices = {};     ///< of a Choice: its words, with a | between two
};

/// Values of a row by their columns, as the table has them. What is not there is left as it is, or to a default.
using Values = std::map<std::string, std::optional<std::string>, std::less<>>;

/// What an administrator wrote, as the table has it.
/// Errors: Misuse, which names the column and says what would be right.
[[nodiscard]] std::string to_stored(const Field& field, std::string_view given);

/// What --help and shells are told that it takes: SIZE, or a choice `{yes,no}`.
[[nodiscard]] std::string type_name_of(const Field& field);

/// What the table has, for people; as it is where it is nothing that we would write.
[[nodiscard]] std::string to_shown(const Field& field, std::string_view stored);

}  // namespace extmail::ctl
