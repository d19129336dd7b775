// SPDX-License-Identifier: MIT
#include "ctl/database.hpp"

#include "ctl/problem.hpp"
#include "mysql/error.hpp"

#include <cstddef>
#include <optional>
#include <string>

#include <unistd.h>

namespace extmail::ctl {
namespace {

/// Of what GROUP_CONCAT() gives: some ten thousand names. MySQL cuts it off at 1024 bytes unless told otherwise.
constexpr std::size_t kMaxListBytes = std::size_t{1} << 20U;

}  // namespace

std::unique_ptr<mysql::Connection> open_database(const mysql::Settings& settings) {
  std::string faults;
  auto kind = mysql::DatabaseError::Kind::Misconfigured;
  for (const auto& host : settings.hosts) {
    try {
      auto connection = std::make_unique<mysql::Connection>(host, settings, settings.connect_timeout);
      connection->execute(std::string("SET SESSION sql_mode = '") + kSqlMode +
                              "', group_concat_max_len = " + std::to_string(kMaxListBytes),
                          {});
      return connection;
    } catch (const mysql::DatabaseError& error) {
      if (error.kind() != mysql::DatabaseError::Kind::Misconfigured) kind = error.kind();
      if (!faults.empty()) faults += '\n';
      faults += error.what();
    }
  }
  const bool is_refused = kind == mysql::DatabaseError::Kind::Misconfigured;
  if (is_refused && settings.user == "root" && settings.password.empty() && ::geteuid() != 0) {
    faults +=
        "\nthe server knows root by who runs this: run it as root, or give [ctl] in extmail.toml an account, "
        "with database_user and database_password_file";
  }
  throw mysql::DatabaseError(kind, faults);
}

bool has_table(mysql::Connection& database, std::string_view name) {
  return !database
              .query(
                  "SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = "
                  "?",
                  {name})
              .empty();
}

bool has_function(mysql::Connection& database, std::string_view name) {
  return !database
              .query(
                  "SELECT 1 FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE() AND "
                  "ROUTINE_NAME = ?",
                  {name})
              .empty();
}

void require_domain(mysql::Connection& database, std::string_view domain) {
  if (database.query("SELECT 1 FROM domain WHERE domain = ?", {domain}).empty())
    throw no_such("domain", domain);
}

}  // namespace extmail::ctl
