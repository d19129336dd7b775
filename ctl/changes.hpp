// SPDX-License-Identifier: MIT
#pragma once

#include "mysql/connection.hpp"
#include "mysql/error.hpp"
#include "mysql/transaction.hpp"

#include <functional>
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

  /// Something that is done outside of the database. text says it to people: "move /a to /b".
  struct Deed {
    std::string text;
    std::function<void()> run;
    std::function<void()> undo = {};  ///< where nothing was written; may be empty
  };

  /// Done after the statements and before they hold: what fails then changes nothing.
  void add_deed(Deed deed) { deeds_.push_back(std::move(deed)); }
  /// Done once the statements hold, for what can't be undone.
  void add_last_deed(Deed deed) { last_deeds_.push_back(std::move(deed)); }

  [[nodiscard]] bool is_empty() const { return statements_.empty(); }

  /// In their order. The caller has begun a transaction, and commits it.
  /// Errors: mysql::DatabaseError.
  void run(mysql::Connection& connection) const;

  /// Statements, deeds, commit. Deeds are undone where nothing was written. Where nobody knows, because the answer to the
  /// commit was lost, they stand, and the error says which.
  /// Errors: mysql::DatabaseError; what a deed throws.
  void carry_out(mysql::Connection& connection, mysql::Transaction& transaction) const;

  /// The last deeds, after carry_out(). Errors: Refused, with all that is left to do, and why.
  void finish() const;

  /// The statements, as SQL that a client of MariaDB or MySQL takes, whatever its sql_mode; the deeds as
  /// comments.
  void show(std::ostream& out) const;

 private:
  struct Statement {
    std::string sql;
    mysql::Row values;
  };
  /// What to say where the answer to the commit was lost.
  [[nodiscard]] mysql::DatabaseError unknown(const mysql::DatabaseError& error) const;

  std::vector<Statement> statements_;
  std::vector<Deed> deeds_;
  std::vector<Deed> last_deeds_;
  std::vector<std::string> notes_;
};

/// A value as SQL has it where backslashes escape.
[[nodiscard]] std::string sql_literal(const std::optional<std::string>& value);

}  // namespace extmail::ctl
