// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/objects/field.hpp"
#include "ctl/transfer/table.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace extmail::ctl::transfer {

/// A row as a source has it.
struct Record {
  const Table* table = nullptr;
  Values values = {};
  std::vector<std::string> given =
      {};  ///< the columns that the source has; the others get what a new row gets
  std::size_t line = 0;
  std::string fault = {};  ///< why the source can't read it; then it has nothing else but its line
};

/// Where rows to be imported come from. It is read twice: to check all of it, and to write.
///
/// Threads: one at a time. Errors: Refused where it can't be read any further.
class RecordSource {
 public:
  virtual ~RecordSource() = default;

  /// Empty at the end.
  [[nodiscard]] virtual std::optional<Record> next() = 0;

  /// Begins anew.
  virtual void rewind() = 0;

  /// How much of it was read, of total(), for a bar that shows it.
  [[nodiscard]] virtual std::uint64_t position() const = 0;
  [[nodiscard]] virtual std::uint64_t total() const = 0;

  /// What a line is called: "line" of a file, "row" of a table.
  [[nodiscard]] virtual const char* unit() const { return "line"; }
};

}  // namespace extmail::ctl::transfer
