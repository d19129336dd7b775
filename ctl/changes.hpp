// SPDX-License-Identifier: MIT
#pragma once

#include "mysql/connection.hpp"

#include <iosfwd>
#include <string>
#include <utility>
#include <vector>

namespace extmail::ctl {

/// What a command is about to write: statements with their values, gathered first, and then run, or shown by --dry-run.
class Changes {
 public:
  /// One `?` of sql for each value.
  void add(std::string sql, mysql::Row values) { statements_.push_back({std::move(sql), std::move(values)}); }

  /// What whoever asked for it should know: it is told, and keeps nothing from being done.
  void note(std::string text) { notes_.push_back(std::move(text)); }
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

  [[nodiscard]] bool is_empty() const { return statements_.empty(); }

  /// In their order. The caller has begun a transaction, and commits it.
  /// Errors: mysql::DatabaseError.
  void run(mysql::Connection& connection) const;

  /// As SQL that a client of MariaDB or MySQL takes, whatever its sql_mode.
  void show(std::ostream& out) const;

 private:
  struct Statement {
    std::string sql;
    mysql::Row values;
  };
  std::vector<Statement> statements_;
  std::vector<std::string> notes_;
};

/// A value as SQL has it where backslashes escape.
[[nodiscard]] std::string sql_literal(const std::optional<std::string>& value);

}  // namespace extmail::ctl
