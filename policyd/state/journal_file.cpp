// SPDX-License-Identifier: MIT
#include "policyd/state/journal_file.hpp"

#include <cerrno>
#include <cstdio>
#include <system_error>

#include <sys/stat.h>
#include <unistd.h>

namespace extmail::policyd {
namespace {

constexpr std::int64_t kVersion = 1;
constexpr std::size_t kPageBytes = 4096;
/// Keys and values have their overhead on the disk too, and what is over stays for a while.
constexpr std::size_t kFileShare = 4;
/// So much of what is over goes with each transaction.
constexpr std::int64_t kDroppedAtOnce = 5000;

constexpr const char* kTables =
    "CREATE TABLE entry (key BLOB PRIMARY KEY, value BLOB NOT NULL, expires INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX entry_by_end ON entry (expires);"
    "CREATE TABLE saved (id INTEGER PRIMARY KEY CHECK (id = 1), at INTEGER NOT NULL);"
    "INSERT INTO saved VALUES (1, 0);"
    "PRAGMA user_version = 1;";

}  // namespace

JournalFile::JournalFile(const std::string& path, std::size_t max_bytes) : path_(path), database_(path) {
  try {
    prepare(max_bytes);
  } catch (const sqlite::Error& error) {
    if (error.fault() != sqlite::Fault::Busy) throw;
    throw JournalRefused(path + " is in use: by another extmail-policyd? Each needs a file of its own");
  }
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0)
    throw sqlite::Error(sqlite::Fault::Unusable, path + ": " + std::generic_category().message(errno));
  device_ = status.st_dev;
  inode_ = status.st_ino;
}

void JournalFile::prepare(std::size_t max_bytes) {
  // In this order: the lock is taken with the first access, and auto_vacuum counts before there are tables.
  database_.run("PRAGMA locking_mode = EXCLUSIVE; PRAGMA page_size = 4096; PRAGMA auto_vacuum = INCREMENTAL");
  const auto version = database_.number("PRAGMA user_version");
  const auto tables = database_.number("SELECT count(*) FROM sqlite_master");
  if (version > kVersion) {
    throw JournalRefused(path_ + " has version " + std::to_string(version) +
                         ", made by a newer extmail-policyd; this one " + "knows " +
                         std::to_string(kVersion) + ": upgrade, or move the file away to start with nothing");
  }
  if (version == 0 && tables != 0) throw JournalRefused(path_ + " is a database of something else");
  if (database_.text("PRAGMA journal_mode = WAL") != "wal")
    throw sqlite::Error(sqlite::Fault::Unusable, path_ + ": its file system can't do write-ahead logging");
  database_.run("PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216; PRAGMA max_page_count = " +
                std::to_string(max_bytes / kPageBytes * kFileShare));
  {
    // Takes the lock, and fails here where nothing can be written.
    sqlite::Transaction transaction(database_);
    if (version == 0) database_.run(kTables);
    database_.run("UPDATE saved SET at = at");
    transaction.commit();
  }
  if (const auto verdict = database_.text("PRAGMA quick_check(1)"); verdict != "ok")
    throw sqlite::Error(sqlite::Fault::Damaged, path_ + ": " + verdict);
}

std::size_t JournalFile::load(LocalState& state) {
  const StateTime saved_at(database_.number("SELECT at FROM saved"));
  sqlite::Statement rows(database_, "SELECT key, value, expires FROM entry ORDER BY expires");
  std::size_t number = 0;
  while (rows.next()) {
    if (state.restore({std::string(rows.bytes(0)), std::string(rows.bytes(1)), StateTime(rows.number(2))},
                      saved_at))
      ++number;
  }
  return number;
}

JournalFile::Writing::Writing(JournalFile& file, bool is_anew) : file_(file), transaction_(file.database_) {
  if (is_anew) file_.database_.run("DELETE FROM entry");
}

void JournalFile::Writing::write(const std::vector<Change>& changes) {
  sqlite::Statement put(file_.database_, "INSERT OR REPLACE INTO entry VALUES (?, ?, ?)");
  sqlite::Statement remove(file_.database_, "DELETE FROM entry WHERE key = ?");
  for (const auto& change : changes) {
    if (change.value) {
      put.bind_bytes(1, change.key).bind_bytes(2, *change.value).bind(3, change.expires.count()).run();
    } else {
      remove.bind_bytes(1, change.key).run();
    }
  }
}

void JournalFile::Writing::finish(StateTime now) {
  auto& database = file_.database_;
  sqlite::Statement(database,
                    "DELETE FROM entry WHERE key IN (SELECT key FROM entry WHERE expires <= ? LIMIT ?)")
      .bind(1, now.count())
      .bind(2, kDroppedAtOnce)
      .run();
  sqlite::Statement(database, "UPDATE saved SET at = ?").bind(1, now.count()).run();
  sqlite::Statement(database, "PRAGMA incremental_vacuum(256)").run();
  transaction_.commit();
}

bool JournalFile::is_gone() const {
  struct stat status {};
  return ::stat(path_.c_str(), &status) != 0 || status.st_dev != device_ || status.st_ino != inode_;
}

std::string JournalFile::move_aside(const std::string& path, StateTime now) {
  std::string aside = path + ".damaged-" + std::to_string(now.count());
  if (std::rename(path.c_str(), aside.c_str()) != 0)
    throw sqlite::Error(sqlite::Fault::Unusable, path + ": " + std::generic_category().message(errno));
  for (const char* ending : {"-wal", "-shm"})
    if (std::rename((path + ending).c_str(), (aside + ending).c_str()) != 0 && errno != ENOENT)
      throw sqlite::Error(sqlite::Fault::Unusable,
                          path + ending + ": " + std::generic_category().message(errno));
  return aside;
}

}  // namespace extmail::policyd
