// SPDX-License-Identifier: MIT
#include "ctl/changes.hpp"

#include "ctl/database.hpp"
#include "ctl/problem.hpp"

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
  const auto undo_all = [&] {
    while (done > 0) {
      if (const auto& undo = deeds_[--done].undo) undo();
    }
  };
  try {
    for (; done < deeds_.size(); ++done)
      deeds_[done].run();
  } catch (...) {
    undo_all();
    throw;
  }
  try {
    transaction.commit();
  } catch (const mysql::DatabaseError& error) {
    // If it was committed after all, mail that is moved back lies where no row names it.
    if (error.kind() == mysql::DatabaseError::Kind::Lost) throw unknown(error);
    undo_all();
    throw;
  }
}

mysql::DatabaseError Changes::unknown(const mysql::DatabaseError& error) const {
  std::string text = error.what();
  text += "\nlook whether the rows are as they were, or as they were to be";
  for (const auto& deed : deeds_)
    text += "\ndone, and to be undone by hand if they are as they were: " + deed.text;
  for (const auto& deed : last_deeds_)
    text += "\nnot done, and left to do if they are as they were to be: " + deed.text;
  return {error.kind(), text};
}

void Changes::finish() const {
  std::string left;
  for (const auto& deed : last_deeds_) {
    try {
      deed.run();
    } catch (const std::exception& error) {
      left += (left.empty() ? "left to do: " : "\nleft to do: ") + deed.text + ": " + error.what();
    }
  }
  if (!left.empty()) throw Refused(left);
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
