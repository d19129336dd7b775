// SPDX-License-Identifier: MIT
#pragma once

#include "core/log.hpp"
#include "policyd/state/journal_file.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace extmail::policyd {

/// Copies LocalState to a file, twice a second and when it ends, on a thread of its own, and back at the start. Killed,
/// it has lost no more than the last second.
///
/// Errors: the constructor throws JournalRefused. A file that can't be used for the time being is no error: the state
/// goes on in memory, which is logged once (state_unsaved), and all of it is written when the file is there again
/// (state_saved).
/// What was in a file that could not be used at the start joins the state then. A damaged one is moved aside
/// (state_damaged).
/// Threads: members may be called concurrently. state and log must outlive it.
class Journal {
 public:
  struct Intervals {
    std::chrono::milliseconds save{500};
    std::chrono::milliseconds retry{5000};  ///< while the file can't be used
  };

  Journal(std::string path, std::size_t max_bytes, LocalState& state, Log& log, Intervals intervals);
  Journal(std::string path, std::size_t max_bytes, LocalState& state, Log& log)
      : Journal(std::move(path), max_bytes, state, log, Intervals{}) {}
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// Those of the state, with what is on its way to the disk, failed attempts, and whether the file is away.
  [[nodiscard]] State::Statistics statistics() const;

 private:
  void open_first();
  void open();
  void load();
  void work();
  void save();
  void write(bool is_anew);
  [[nodiscard]] std::vector<Change> take_changes();
  void failed(const sqlite::Error& error);
  void failed(const std::string& what);
  void move_aside(const std::string& what);

  const std::string path_;
  const std::size_t max_bytes_;
  const Intervals intervals_;
  LocalState& state_;
  Log& log_;
  std::unique_ptr<JournalFile> file_;  // of the thread, once that runs
  bool must_write_all_ = false;        // likewise
  bool is_loaded_ = false;             // likewise
  std::atomic<std::size_t> writing_{0};
  std::atomic<std::uint64_t> failures_{0};
  std::atomic<bool> is_away_{false};
  std::mutex mutex_;
  std::condition_variable stop_;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace extmail::policyd
