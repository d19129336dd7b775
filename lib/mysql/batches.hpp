// SPDX-License-Identifier: MIT
#pragma once

#include "core/address.hpp"
#include "core/record_source.hpp"
#include "mysql/columns.hpp"
#include "mysql/pool.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Rows by many keys at once, for lib/mysql's own use.
namespace extmail::mysql {

/// A batch is filled up to one of these, so that a connection prepares few statements.
inline constexpr std::array<std::size_t, 4> kBatchSizes{1, 4, 16, RecordSource::kMaxBatch};

/// `SELECT … WHERE key IN (?, …)` for each size.
class BatchStatements {
 public:
  BatchStatements(const std::string& columns, const std::string& table, const std::string& key,
                  const std::string& rest = "") {
    const std::string start = "SELECT " + columns + " FROM " + table + " WHERE " + key + " IN (?";
    for (std::size_t i = 0; i < kBatchSizes.size(); ++i) {
      texts_[i] = start;
      for (std::size_t more = 1; more < kBatchSizes[i]; ++more)
        texts_[i] += ",?";
      texts_[i] += ')' + rest;
    }
  }

  /// Calls take(columns) for each row that the database finds for one of keys, of which there is at least one. It may find
  /// others: collations take accents and trailing blanks for nothing.
  /// Errors: DatabaseError.
  template <typename Take>
  void run(Pool& pool, std::span<const std::string> keys, Deadline deadline, const ResultLimits& limits,
           Take take) const {
    const auto* const size = std::lower_bound(kBatchSizes.begin(), kBatchSizes.end(), keys.size());
    std::vector<std::string_view> parameters(keys.begin(), keys.end());
    parameters.resize(*size, parameters.back());
    for (auto& row : pool.query(texts_.at(static_cast<std::size_t>(size - kBatchSizes.begin())), parameters,
                                deadline, limits)) {
      Columns columns(std::move(row));
      take(columns);
    }
  }

 private:
  std::array<std::string, kBatchSizes.size()> texts_;
};

/// Runs read(keys), which gives a row or none for each of them, in smaller parts where one of them is a text that the
/// tables can't hold: such a key has no row, and the others want theirs.
template <typename Record, typename Read>
Batch<Record> find_batch(std::span<const std::string> keys, const Read& read) {
  using Found = std::vector<std::optional<Record>>;
  if (keys.empty()) return Batch<Record>::found({});
  try {
    return Batch<Record>::found(read(keys));
  } catch (const DatabaseError& error) {
    if (error.kind() != DatabaseError::Kind::Unstorable) return failed<Found>(error);
    // Every column can hold plain ASCII: then it is the table, a view perhaps, that compares what can't be compared.
    if (keys.size() == 1 && is_ascii(keys.front()))
      return Batch<Record>::permanent_failure(std::string("database: ") + error.what());
    if (keys.size() == 1) return Batch<Record>::found(Found(1));
  }
  Found found;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    auto one = find_batch<Record>(keys.subspan(i, 1), read);
    if (!one.is_found()) return one;
    found.push_back(std::move(one.value().front()));
  }
  return Batch<Record>::found(std::move(found));
}

}  // namespace extmail::mysql
