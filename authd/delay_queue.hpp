// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace extmail::authd {

/// Runs work when its time has come, on a thread of its own, in the order of time.
///
/// Threads: all members may be called concurrently.
/// Limits: kMaxWaiting; who asks for delays is under suspicion, and holds a password in memory meanwhile.
class DelayQueue {
 public:
  static constexpr std::size_t kMaxWaiting = 4096;

  DelayQueue();
  /// What still waits is destroyed without being run.
  ~DelayQueue();
  DelayQueue(const DelayQueue&) = delete;
  DelayQueue& operator=(const DelayQueue&) = delete;

  /// False, and work will not be run, when too much waits already. work must not block.
  [[nodiscard]] bool run_at(Time when, std::function<void()> work);

 private:
  void run();

  std::mutex mutex_;  // guards all below but the thread
  std::condition_variable changed_;
  std::multimap<Time, std::function<void()>> waiting_;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace extmail::authd
