// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace extmail::authd {

/// Runs work when its time has come, on a thread of its own, in the order of time.
///
/// Threads: all members may be called concurrently.
/// Limits: its user's. Each login that waits holds a password in memory; LoginThrottle holds kMaxHeld.
class DelayQueue {
 public:
  DelayQueue();
  /// What still waits is destroyed without being run.
  ~DelayQueue();
  DelayQueue(const DelayQueue&) = delete;
  DelayQueue& operator=(const DelayQueue&) = delete;

  /// work must not block.
  void run_at(Time when, std::function<void()> work);

 private:
  void run();

  std::mutex mutex_;  // guards all below but the thread
  std::condition_variable changed_;
  std::multimap<Time, std::function<void()>> waiting_;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace extmail::authd
