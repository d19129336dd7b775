// SPDX-License-Identifier: MIT
#include "ctl/database.hpp"

#include "mysql/error.hpp"

#include <optional>
#include <string>

namespace extmail::ctl {

std::unique_ptr<mysql::Connection> open_database(const mysql::Settings& settings) {
  std::string faults;
  auto kind = mysql::DatabaseError::Kind::Misconfigured;
  for (const auto& host : settings.hosts) {
    try {
      auto connection = std::make_unique<mysql::Connection>(host, settings, settings.connect_timeout);
      connection->execute(std::string("SET SESSION sql_mode = '") + kSqlMode + "'", {});
      return connection;
    } catch (const mysql::DatabaseError& error) {
      if (error.kind() != mysql::DatabaseError::Kind::Misconfigured) kind = error.kind();
      if (!faults.empty()) faults += '\n';
      faults += error.what();
    }
  }
  throw mysql::DatabaseError(kind, faults);
}

}  // namespace extmail::ctl
