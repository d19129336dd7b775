// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace extmail::sqlite {

enum class Fault : std::uint8_t {
  Busy,      ///< somebody else has it
  Damaged,   ///< it is no database, or one that was torn
  Unusable,  ///< it can't be opened, read or written now: rights, room, the disk
};

/// what() has the path, and what SQLite says.
class Error : public std::runtime_error {
 public:
  Error(Fault fault, const std::string& what) : std::runtime_error(what), fault_(fault) {}
  [[nodiscard]] Fault fault() const { return fault_; }

 private:
  Fault fault_;
};

/// A file of SQLite.
///
/// Errors: all throw Error. Nothing waits for a lock.
/// Threads: one at a time.
class Database {
 public:
  /// Opens it; makes it, for its owner alone, where there is none. Its name may be no symbolic link.
  explicit Database(const std::string& path);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void run(const std::string& statements);
  /// The first column of the first row; 0 and empty where there is no row.
  [[nodiscard]] std::int64_t number(const std::string& query);
  [[nodiscard]] std::string text(const std::string& query);

 private:
  friend class Statement;
  friend class Transaction;
  void check(int code) const;

  const std::string path_;
  sqlite3* database_ = nullptr;
};

/// A prepared statement. database must outlive it; so must bound bytes, until the next reset().
class Statement {
 public:
  Statement(Database& database, std::string_view text);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  /// Parameters count from 1.
  Statement& bind(int parameter, std::int64_t value);
  Statement& bind_bytes(int parameter, std::string_view value);

  /// To the next row; false after the last, and then it is reset.
  bool next();
  /// For a statement without rows.
  void run();

  /// Of the row; columns count from 0. Bytes are good until the next next().
  [[nodiscard]] std::int64_t number(int column) const;
  [[nodiscard]] std::string_view bytes(int column) const;

 private:
  Database& database_;
  sqlite3_stmt* statement_ = nullptr;
};

/// Writes all between it and commit(), or nothing.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& database_;
  bool is_open_ = true;
};

}  // namespace extmail::sqlite
