// SPDX-License-Identifier: MIT
#pragma once

#include "core/log.hpp"
#include "net/fair_queue.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace extmail::net {

/// Threads for work that waits or computes, with a bounded queue, in which lanes take turns.
///
/// While more work waits, answers that a thread of Priority::Low gives are held back for up to kHold and leave together
/// (AnswerBatch): who has to wait for others' computing anyway is not kept waiting by it. Only where what ran lately took
/// no longer than kHold itself (RecentWorks), because the next work has to end before they leave: a quick answer does not
/// wait for a slow hash. Work that waits for something is not for such threads.
/// Threads: submit() may be called from any thread, the workers' own included.
class Workers {
 public:
  static constexpr std::chrono::milliseconds kHold{2};

  /// Low: other threads that wake go first, so that much computing does not make what is short wait.
  enum class Priority : std::uint8_t { Normal, Low };

  /// name is for the log, which must outlive the workers.
  Workers(std::string_view name, std::size_t threads, std::size_t max_queued, Log& log,
          Priority priority = Priority::Normal);
  /// Finishes what is running and destroys what still waits.
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// Runs work(), a callable that need not be copyable, on one of the threads. False, and work is left
  /// untouched, when max_queued are waiting or running, or as many wait in the lane as may, which is logged: say
  /// "temporary failure" then.
  template <typename Work>
  [[nodiscard]] bool submit(Work&& work, const Lane& lane = {}) {
    bool is_awaited = false;
    {
      const std::lock_guard lock(mutex_);
      if (is_full(lane)) return false;
      queue_.push(lane,
                  [held = std::make_shared<std::decay_t<Work>>(std::forward<Work>(work))] { (*held)(); });
      is_awaited =
          idle_ > 0;  // else whoever is done next takes it: to wake a thread costs more than a short work
    }
    if (is_awaited) has_work_.notify_one();
    return true;
  }

 private:
  using Time = std::chrono::steady_clock::time_point;

  bool is_full(const Lane& lane);
  void run();

  const std::string name_;
  const std::size_t max_queued_;
  Log& log_;
  const Priority priority_;
  OncePerMinute may_complain_;

  std::mutex mutex_;  // guards all below but the threads
  std::condition_variable has_work_;
  FairQueue queue_;
  std::size_t running_ = 0;
  std::size_t idle_ = 0;
  bool is_stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace extmail::net
