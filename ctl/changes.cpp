// SPDX-License-Identifier: MIT
#include "ctl/changes.hpp"

#include "ctl/database.hpp"

#include <cstddef>
#include <ostream>

namespace extmail::ctl {

std::string sql_literal(const std::optional<std::string>& value) {
  if (!value) return "NULL";
  std::string literal = "'";
  for (const char c : *value) {
    switch (c) {
      case '\'':
        literal += "''";
        break;
      case '\\':
        literal += "\\\\";
        break;
      case '\n':
        literal += "\\n";
        break;
      case '\r':
        literal += "\\r";
        break;
      case '\0':
        literal += "\\0";
        break;
      case '\x1a':
        literal += "\\Z";
        break;
      default:
        literal += c;
    }
  }
  return literal + '\'';
}

void Changes::run(mysql::Connection& connection) const {
  for (const auto& statement : statements_)
    connection.write(statement.sql, statement.values);
}

void Changes::show(std::ostream& out) const {
  out << "SET NAMES utf8mb4;\nSET SESSION sql_mode = '" << kSqlMode << "';\nSTART TRANSACTION;\n";
  for (const auto& statement : statements_) {
    std::size_t next = 0;
    for (const char c : statement.sql) {
      if (c == '?' && next < statement.values.size())
        out << sql_literal(statement.values[next++]);
      else
        out << c;
    }
    out << ";\n";
  }
  out << "COMMIT;\n";
}

}  // namespace extmail::ctl
