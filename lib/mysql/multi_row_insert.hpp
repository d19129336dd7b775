// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"
#include "core/outcome.hpp"
#include "mysql/pool.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace extmail::mysql {

/// An INSERT of any number of rows, in few statements, for lib/mysql's own use. What was written before a failure stays.
///
/// Threads: any.
class MultiRowInsert {
 public:
  /// `INSERT INTO into VALUES row, row, … rest`, where row is the values of one, each a `?` or around one, in parentheses.
  MultiRowInsert(const std::string& into, const std::string& row, const std::string& rest = "");

  /// parameters are those of all rows, one row's after another's. Where a connection is lost, rows may be written twice.
  /// Outcomes: how many rows there were; a database fault (columns.hpp).
  [[nodiscard]] Answer<std::size_t> run(Pool& pool, const std::vector<std::string_view>& parameters,
                                        Deadline deadline) const;

 private:
  // A row is part of the text of the statement, which a connection prepares once: so there are few sizes.
  static constexpr std::array<std::size_t, 3> kSizes{64, 8, 1};

  std::size_t width_;  // parameters of a row
  std::array<std::string, kSizes.size()> statements_;
};

}  // namespace extmail::mysql
