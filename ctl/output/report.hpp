// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace extmail::ctl {

enum class Format : std::uint8_t {
  Text,  ///< for people: a table, or a line for each field of a single thing
  Json,  ///< for programs: an array of objects, or a single object
  Csv,   ///< RFC 4180, with a line of names
};

/// Where a report goes, and in which form.
struct Output {
  std::ostream* stream;
  Format format = Format::Text;
  bool has_colours = false;  ///< a terminal that shows them
};

/// Things of one kind, each with the same fields.
///
/// Programs get values as they were put in, and people as text(): a column may show a shorter form there.
/// Limits: holds all of it in memory; what may have a million rows is written row by row instead.
class Report {
 public:
  enum class Kind : std::uint8_t {
    Text,
    Number,  ///< to the right; a JSON number where it is one
  };
  struct Column {
    std::string name;
    Kind kind = Kind::Text;
  };
  struct Cell {
    std::optional<std::string> value = {};  ///< empty: NULL
    std::optional<std::string> text = {};   ///< for people, where that is another one
  };

  explicit Report(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// As many cells as there are columns.
  void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }

  [[nodiscard]] bool is_empty() const { return rows_.empty(); }

  /// As a list, however many there are.
  void write_list(const Output& output) const;

  /// As one thing: it has exactly one row.
  void write_single(const Output& output) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

/// A field of RFC 4180: in quotes where it needs them, and where it is empty, because without them it is NULL.
[[nodiscard]] std::string csv_field(const std::optional<std::string>& value);

}  // namespace extmail::ctl
