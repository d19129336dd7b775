// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/transfer/record.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>

namespace extmail::ctl::transfer {

/// What new rows get that do not say it themselves.
struct NewRows {
  std::string now = {};  ///< createdate
  std::map<std::string, std::string> hash_paths =
      {};  ///< hashdirpath of the domains that have one (ISP mode)
  std::set<std::string, std::less<>> without_null = {};  ///< "table.column" that can't be NULL
};

/// Makes of what a source has a row that the table can hold, with all its columns: values that people write become those
/// that ExtMan writes, and what is not there gets what ExtMan would give it (a mailbox its maildir, by its address). So does a NULL that the column
/// can't hold: CSV has no other way to leave a field out.
///
/// Values that an older ExtMan wrote stay as they are, so that what was exported can be imported.
/// Returns what is wrong with the record, for people; empty when nothing is.
[[nodiscard]] std::optional<std::string> complete(Record& record, const NewRows& rows);

/// What tells the record from others of its table.
[[nodiscard]] std::string identity(const Record& record);

/// A clear password, to be hashed, in place of a hash. No column of any table.
inline constexpr const char* kPlainPassword = "password_plain";

}  // namespace extmail::ctl::transfer
