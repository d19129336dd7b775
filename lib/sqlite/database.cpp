// SPDX-License-Identifier: MIT
#include "sqlite/database.hpp"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

namespace extmail::sqlite {
namespace {

Fault fault_of(int code) {
  switch (code & 0xff) {  // of an extended code, the primary one
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Fault::Busy;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Fault::Damaged;
    default:
      return Fault::Unusable;
  }
}

/// SQLite makes files by the umask; what is remembered of mail is nobody else's to read.
void make_private(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) throw Error(Fault::Unusable, path + ": " + std::generic_category().message(errno));
  ::close(file);
}

}  // namespace

Database::Database(const std::string& path) : path_(path) {
  // SQLITE_OPEN_NOFOLLOW would refuse links on the way too, such as systemd's /var/lib/NAME of a DynamicUser.
  make_private(path);
  const int code =
      sqlite3_open_v2(path.c_str(), &database_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code == SQLITE_OK) return;
  sqlite3_close(database_);  // there is one even then
  throw Error(fault_of(code), path + ": " + sqlite3_errstr(code));
}

Database::~Database() {
  sqlite3_close(database_);
}

void Database::check(int code) const {
  if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE) return;
  std::string what = path_ + ": " + sqlite3_errmsg(database_);
  if (const int error = sqlite3_system_errno(database_); error != 0 && fault_of(code) == Fault::Unusable)
    what += " (" + std::generic_category().message(error) + ')';
  throw Error(fault_of(code), what);
}

void Database::run(const std::string& statements) {
  check(sqlite3_exec(database_, statements.c_str(), nullptr, nullptr, nullptr));
}

std::int64_t Database::number(const std::string& query) {
  Statement statement(*this, query);
  return statement.next() ? statement.number(0) : 0;
}

std::string Database::text(const std::string& query) {
  Statement statement(*this, query);
  return statement.next() ? std::string(statement.bytes(0)) : std::string();
}

Statement::Statement(Database& database, std::string_view text) : database_(database) {
  database_.check(sqlite3_prepare_v2(database.database_, text.data(), static_cast<int>(text.size()),
                                     &statement_, nullptr));
}

Statement::~Statement() {
  sqlite3_finalize(statement_);
}

Statement& Statement::bind(int parameter, std::int64_t value) {
  database_.check(sqlite3_bind_int64(statement_, parameter, value));
  return *this;
}

Statement& Statement::bind_bytes(int parameter, std::string_view value) {
  // A null pointer would be NULL, not no bytes.
  const char* data = value.data() != nullptr ? value.data() : "";
  database_.check(sqlite3_bind_blob64(statement_, parameter, data, value.size(), SQLITE_STATIC));
  return *this;
}

bool Statement::next() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  sqlite3_reset(statement_);
  database_.check(code);
  return false;
}

void Statement::run() {
  while (next()) {
  }
}

std::int64_t Statement::number(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::string_view Statement::bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return data != nullptr ? std::string_view(static_cast<const char*>(data), size) : std::string_view();
}

Transaction::Transaction(Database& database) : database_(database) {
  database.run("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
  if (is_open_) sqlite3_exec(database_.database_, "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  database_.run("COMMIT");
  is_open_ = false;
}

}  // namespace extmail::sqlite
