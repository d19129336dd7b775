// SPDX-License-Identifier: MIT
#pragma once

#include "policyd/state/local_state.hpp"
#include "sqlite/database.hpp"

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include <sys/types.h>

namespace extmail::policyd {

/// The file is nothing that this policyd may use: another one does, a newer one made it, or it is somebody else's.
class JournalRefused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The copy of LocalState in a file of SQLite, which it alone has open.
///
/// Errors: JournalRefused, which only an admin can change; sqlite::Error.
/// Threads: one at a time.
/// Limits: four times max_bytes; beyond, it is full.
class JournalFile {
 public:
  JournalFile(const std::string& path, std::size_t max_bytes);

  /// Puts what is there and not over into the state: how many entries.
  std::size_t load(LocalState& state);

  /// Begins a transaction; where is_anew, of nothing but what is written in it.
  class Writing {
   public:
    Writing(JournalFile& file, bool is_anew);
    void write(const std::vector<Change>& changes);
    /// Also drops some of what is over by now, and gives room back to the disk.
    void finish(StateTime now);

   private:
    JournalFile& file_;
    sqlite::Transaction transaction_;
  };

  /// Whether its path leads elsewhere, or nowhere, by now.
  [[nodiscard]] bool is_gone() const;

  /// Renames a file that is damaged, and what SQLite has beside it: to what.
  static std::string move_aside(const std::string& path, StateTime now);

 private:
  void prepare(std::size_t max_bytes);

  const std::string path_;
  sqlite::Database database_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace extmail::policyd
