// SPDX-License-Identifier: MIT
#pragma once

#include "cache/snapshot.hpp"
#include "cache/store.hpp"
#include "core/log.hpp"

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace extmail::cache {

/// Saves a store's rows every kInterval, on a thread of its own, and once more when it ends.
///
/// What goes wrong is logged (snapshot_failed), and nothing else comes of it.
class SnapshotKeeper {
 public:
  static constexpr std::chrono::minutes kInterval{5};

  /// store, clock and log must outlive the keeper.
  SnapshotKeeper(std::string path, Store& store, const Clock& clock, Log& log);
  ~SnapshotKeeper();
  SnapshotKeeper(const SnapshotKeeper&) = delete;
  SnapshotKeeper& operator=(const SnapshotKeeper&) = delete;

 private:
  void work();
  void save();

  const std::string path_;
  Store& store_;
  const Clock& clock_;
  Log& log_;
  std::mutex mutex_;
  std::condition_variable stop_;
  bool is_stopping_ = false;
  std::thread thread_;
};

/// Loads what a keeper saved; says in the log what came of it.
void load_snapshot(const std::string& path, Store& store, std::chrono::seconds max_stale, Moment started,
                   Log& log);

}  // namespace extmail::cache
