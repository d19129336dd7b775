// SPDX-License-Identifier: MIT
#include "mysql/multi_row_insert.hpp"

#include "mysql/columns.hpp"

#include <algorithm>

namespace extmail::mysql {

MultiRowInsert::MultiRowInsert(const std::string& into, const std::string& row, const std::string& rest)
    : width_(static_cast<std::size_t>(std::count(row.begin(), row.end(), '?'))) {
  for (std::size_t i = 0; i < kSizes.size(); ++i) {
    std::string& statement = statements_[i];
    statement.append("INSERT INTO ").append(into).append(" VALUES ").append(row);
    for (std::size_t more = 1; more < kSizes[i]; ++more)
      statement.append(", ").append(row);
    statement.append(rest);
  }
}

Answer<std::size_t> MultiRowInsert::run(Pool& pool, const std::vector<std::string_view>& parameters,
                                        Deadline deadline) const {
  const std::size_t rows = parameters.size() / width_;
  std::size_t written = 0;
  try {
    for (std::size_t i = 0; i < kSizes.size(); ++i) {
      for (; rows - written >= kSizes[i]; written += kSizes[i]) {
        const auto* const first = parameters.data() + written * width_;
        const std::vector<std::string_view> part(first, first + kSizes[i] * width_);
        pool.execute(statements_[i], part, deadline, Pool::Repeat::Allowed);
      }
    }
  } catch (const DatabaseError& error) {
    return failed<std::size_t>(error);
  }
  return Answer<std::size_t>::found(rows);
}

}  // namespace extmail::mysql
