// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/objects/object.hpp"
#include "ctl/output/report.hpp"

#include <optional>
#include <string>

namespace extmail::ctl {

/// Which of the objects are listed: those that fit all of it.
struct ListFilter {
  std::string pattern = {};  ///< of the key, with * and ?; empty: any
  std::string domain = {};   ///< empty: any
  std::optional<bool> is_active = {};
};

/// In the order of their keys. People see the most telling fields, programs all of them.
/// Errors: mysql::DatabaseError.
[[nodiscard]] Report list_objects(mysql::Connection& database, const Object& object, const ListFilter& filter,
                                  Format format);

/// All fields of one row.
[[nodiscard]] Report show_object(const Values& row, const Object& object);

/// A pattern with * and ? as LIKE has it, with | as the escape character.
[[nodiscard]] std::string like_pattern(const std::string& pattern);

}  // namespace extmail::ctl
