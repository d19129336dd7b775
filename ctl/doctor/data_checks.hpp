// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/doctor/rows.hpp"
#include "mysql/connection.hpp"

namespace extmail::ctl {

/// All checks of rows, in passes over each table, row by row as they come.
///
/// Errors: mysql::DatabaseError.
void check_data(mysql::Connection& database, DataContext& context);

}  // namespace extmail::ctl
