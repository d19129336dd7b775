// SPDX-License-Identifier: MIT
#pragma once

#include "mysql/connection.hpp"
#include "mysql/settings.hpp"

#include <memory>

namespace extmail::ctl {

/// How a session of ours is set: too long a text or a wrong number is an error, on whatever server, and zero dates, which
/// are ExtMan's word for never, are none.
inline constexpr const char* kSqlMode = "STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION";

/// Connects to the first of the servers that answers, in kSqlMode.
///
/// Errors: mysql::DatabaseError, with what every server said.
[[nodiscard]] std::unique_ptr<mysql::Connection> open_database(const mysql::Settings& settings);

}  // namespace extmail::ctl
