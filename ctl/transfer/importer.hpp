// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/transfer/check.hpp"
#include "ctl/transfer/record.hpp"
#include "mysql/connection.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

namespace extmail::ctl::transfer {

/// Puts the rows of a source into the database: first it checks all of them, then it writes, some at a time, so that one
/// who comes after an interruption finds what was written to be there already.
///
/// Errors: mysql::DatabaseError; Refused by the source.
class Importer {
 public:
  enum class Existing : std::uint8_t {
    Refuse,  ///< a row that is there with other values is a fault
    Keep,    ///< it stays as it is
    Update,  ///< it gets the values that the source has
  };

  /// Called for every row that was read, with the number of rows so far.
  using Watch = std::function<void(const RecordSource&, std::uint64_t)>;

  Importer(mysql::Connection& database, RecordSource& source, Existing existing, std::string now);

  struct Faults {
    static constexpr std::size_t kMost = 100;  ///< that are kept; of the others only their number

    std::vector<std::string> texts = {};
    std::uint64_t count = 0;
  };
  /// What is wrong with the source, line by line. Nothing is written.
  [[nodiscard]] Faults check(const Watch& watch);

  struct Counts {
    std::uint64_t added = 0;
    std::uint64_t changed = 0;
    std::uint64_t unchanged = 0;
  };
  /// After a check() without faults. dry_run: the SQL goes there instead of to the database.
  [[nodiscard]] Counts write(const Watch& watch, std::ostream* dry_run);

 private:
  /// Reads on until there are enough records of one table. False at the end.
  bool read_batch(const Watch& watch, const std::function<void(std::size_t, const std::string&)>& refuse);

  mysql::Connection& database_;
  RecordSource& source_;
  Existing existing_;
  NewRows new_rows_;
  std::vector<Record> batch_;
  std::optional<Record> next_;  ///< of another table than the batch
  std::uint64_t rows_ = 0;
};

}  // namespace extmail::ctl::transfer
