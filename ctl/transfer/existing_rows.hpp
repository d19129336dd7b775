// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/transfer/record.hpp"
#include "mysql/connection.hpp"

#include <map>
#include <span>
#include <string>
#include <vector>

namespace extmail::ctl::transfer {

/// How many records are looked for, and written, at once: far below the 65,535 values that a statement may have.
inline constexpr std::size_t kBatch = 1000;

/// The rows that the database has for records of one table, by identity(). is_writing: locked until the transaction ends.
///
/// Errors: mysql::DatabaseError. Limits: at most kBatch records.
[[nodiscard]] std::map<std::string, Record> find_existing(mysql::Connection& database,
                                                          std::span<const Record> records, bool is_writing);

/// The columns that the record was given and the row has otherwise.
[[nodiscard]] std::vector<std::string> differences(const Record& row, const Record& record);

}  // namespace extmail::ctl::transfer
