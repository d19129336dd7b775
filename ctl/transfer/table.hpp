// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/objects/field.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace extmail::ctl::transfer {

enum class ValueKind : std::uint8_t { Text, Number, Size, Date, Time, Flag };

/// A column that is exported and imported.
struct Column {
  std::string_view name;
  ValueKind kind = ValueKind::Text;
  std::optional<std::string_view> initial = {};  ///< of an imported row that does not have it; empty: NULL
  std::size_t max_characters = 255;              ///< of a Text
  bool is_secret = false;                        ///< left out by --without-passwords
};

/// A table of which rows are exported and imported; its name there.
struct Table {
  std::string_view name;
  std::string_view table;
  std::vector<std::string_view> keys;  ///< what tells a row from the others
  std::vector<Column> columns;         ///< the keys among them

  /// Null where it has none of that name.
  [[nodiscard]] const Column* find(std::string_view column) const;
  [[nodiscard]] bool is_key(std::string_view column) const;
};

/// All of them, each after those that its rows refer to.
[[nodiscard]] const std::vector<Table>& tables();

/// Null where there is none.
[[nodiscard]] const Table* find_table(std::string_view name);

}  // namespace extmail::ctl::transfer
