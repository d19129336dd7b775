// SPDX-License-Identifier: MIT
#include "cache/snapshot_keeper.hpp"

#include <utility>

namespace extmail::cache {

SnapshotKeeper::SnapshotKeeper(std::string path, Store& store, const Clock& clock, Log& log)
    : path_(std::move(path)), store_(store), clock_(clock), log_(log), thread_([this] { work(); }) {}

SnapshotKeeper::~SnapshotKeeper() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  stop_.notify_all();
  thread_.join();
}

void SnapshotKeeper::work() {
  std::unique_lock lock(mutex_);
  while (!is_stopping_) {
    stop_.wait_for(lock, kInterval, [this] { return is_stopping_; });
    lock.unlock();
    save();
    lock.lock();
  }
}

void SnapshotKeeper::save() {
  try {
    const auto rows = save_snapshot(path_, store_.rows(), store_.freshness(),
                                    {clock_.now(), std::chrono::system_clock::now()});
    log_.write(Level::Debug, "snapshot_saved", std::to_string(rows) + " rows in " + path_);
  } catch (const std::exception& error) {
    log_.write(Level::Warning, "snapshot_failed",
               std::string(error.what()) + "; after a restart without the database nothing would be known");
  }
}

void load_snapshot(const std::string& path, Store& store, std::chrono::seconds max_stale, Moment started,
                   Log& log) {
  try {
    const auto rows = load_snapshot(path, store.rows(), max_stale, started);
    if (rows > 0) {
      log.write(
          Level::Info, "snapshot_loaded",
          std::to_string(rows) + " rows from " + path + ", for as long as the database does not answer");
    }
  } catch (const SnapshotError& error) {
    log.write(Level::Notice, "snapshot_refused", std::string(error.what()) + "; starting with nothing");
  }
}

}  // namespace extmail::cache
