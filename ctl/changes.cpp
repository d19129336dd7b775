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

void Changes::carry_out(mysql::Connection& connection, mysql::Transaction& transaction) const {
  run(connection);
  std::size_t done = 0;
  try {
    for (; done < deeds_.size(); ++done)
      deeds_[done].run();
    transaction.commit();
  } catch (...) {
    while (done > 0) {
      if (const auto& undo = deeds_[--done].undo) undo();
    }
    throw;
  }
  for (const auto& deed : last_deeds_)
    deed.run();
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
  for (const auto* deeds : {&deeds_, &last_deeds_}) {
    for (const auto& deed : *deeds)
      out << "-- and " << deed.text << '\n';
  }
}

}  // namespace extmail::ctl
