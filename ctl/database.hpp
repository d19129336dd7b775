// SPDX-License-Identifier: MIT
#pragma once

#include "mysql/connection.hpp"
#include "mysql/settings.hpp"

#include <memory>
#include <string_view>

namespace extmail::ctl {

/// How a session of ours is set: too long a text or a wrong number is an error, on whatever server, and zero dates, which
/// are ExtMan's word for never, are none.
inline constexpr const char* kSqlMode = "STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION";

/// Connects to the first of the servers that answers, in kSqlMode.
///
/// Errors: mysql::DatabaseError, with what every server said.
[[nodiscard]] std::unique_ptr<mysql::Connection> open_database(const mysql::Settings& settings);

/// Whether there is such a table, as far as the account may know.
/// Errors: mysql::DatabaseError.
[[nodiscard]] bool has_table(mysql::Connection& database, std::string_view name);

/// The same of a function.
[[nodiscard]] bool has_function(mysql::Connection& database, std::string_view name);

/// Errors: Refused, naming it, where there is no such domain; mysql::DatabaseError. A mistyped name would otherwise look
/// like a domain with nothing to do.
void require_domain(mysql::Connection& database, std::string_view domain);

}  // namespace extmail::ctl
