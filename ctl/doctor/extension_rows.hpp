// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/doctor/rows.hpp"
#include "mysql/connection.hpp"

#include <string>

namespace extmail::ctl {

/// A row of extmail_policy.
struct PolicyRow {
  std::string id;
  std::string subject;
  std::string kind;
};

/// Whom a row of extmail_policy is for, and what: extmail-policyd(8), POLICIES.
void check_policy(DataContext& context, const PolicyRow& row);

/// A row of one of our tables, for a login.
void check_owner(DataContext& context, const std::string& table, const std::string& username);

/// The rows of our own tables, of those that are there, after ExtMail's.
/// Errors: mysql::DatabaseError.
void read_extensions(mysql::Connection& database, DataContext& context);

}  // namespace extmail::ctl
