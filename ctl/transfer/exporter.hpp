// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/output/report.hpp"
#include "ctl/transfer/table.hpp"
#include "mysql/connection.hpp"

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <vector>

namespace extmail::ctl::transfer {

/// Writes all rows of tables, in the order of their keys and as they were at one moment, so that an import of it makes
/// the same rows: as JSON Lines, or one table as CSV.
///
/// Errors: mysql::DatabaseError; Refused where a table that was asked for by name is not there.
/// Limits: holds one row in memory.
class Exporter {
 public:
  struct Options {
    std::vector<const Table*> tables = {};  ///< empty: all that there are
    Format format = Format::Json;           ///< Json or Csv, the latter with one table
    bool has_passwords = true;
  };

  Exporter(mysql::Connection& database, Options options)
      : database_(database), options_(std::move(options)) {}

  /// watch is called for every row, with the number of rows so far.
  void write(std::ostream& out, const std::function<void(std::uint64_t)>& watch);

  /// How many rows there are, for a bar.
  [[nodiscard]] std::uint64_t count();

 private:
  [[nodiscard]] std::vector<const Table*> chosen();
  void write_table(std::ostream& out, const Table& table, const std::function<void(std::uint64_t)>& watch);

  mysql::Connection& database_;
  Options options_;
  std::uint64_t rows_ = 0;
};

}  // namespace extmail::ctl::transfer
