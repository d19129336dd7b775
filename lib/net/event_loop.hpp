// SPDX-License-Identifier: MIT
#pragma once

#include "core/handover.hpp"
#include "core/log.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

#include <asio.hpp>

namespace extmail::net {

/// An io_context that one thread runs at a time, and a second thread that takes it over when the first one stays away
/// with other work ("leader and follower").
///
/// Where little goes on it comes back in time, and nobody has to be woken. Where handlers crowd, the other takes over at
/// once: both have enough to do.
/// Handlers never run at the same time, and each sees what those before it did, whichever thread that was.
/// Threads: run() is called by one thread; context() may be posted to by any.
/// Limits: handlers wait for one that went away for up to kPatience.
class EventLoop final : public Handover {
 public:
  /// Longer than a query by key takes, which then costs no change of thread; shorter than anybody notices.
  static constexpr std::chrono::microseconds kPatience{500};

  /// After an event the next one is looked for this long before the thread sleeps: the request that follows an answer
  /// mostly comes sooner, and to be woken takes longer than to answer it, above all on a virtual machine. A thousand
  /// events a second cost up to a fortieth of a processor in this way, and other threads that are ready go first.
  static constexpr std::chrono::microseconds kLook{25};

  /// log must outlive the loop.
  explicit EventLoop(Log& log);

  [[nodiscard]] asio::io_context& context() { return context_; }

  /// Runs handlers until the context is stopped, and finishes what was handed over. Throws what a handler threw.
  void run();

  /// Handlers that are ready are run before the work begins. The second thread is started when it is needed first.
  [[nodiscard]] bool after_handover(std::function<void()> work) override;

 private:
  using Time = std::chrono::steady_clock::time_point;
  using Lock = std::unique_lock<std::mutex>;

  /// Starts the second thread unless it runs.
  bool has_second();
  void take_turns();
  /// Waits until the context needs this thread; false when it is stopped.
  bool await_turn(Lock& lock);
  /// Runs handlers until one hands over, or the context is stopped. Whether others were ready too: more will come.
  bool lead();
  /// Runs one handler. Whether it was ready at once: more may be.
  bool run_next();
  /// Runs those that are ready, up to kMaxTogether, whose answers leave behind one another.
  void run_ready();
  void work_off(const std::function<void()>& work);

  Log& log_;
  const std::chrono::microseconds look_;
  asio::io_context context_{1};
  std::thread second_;
  std::function<void()> work_;  // this and fault_ are the leader's, and nobody else's
  std::exception_ptr fault_;

  std::mutex mutex_;  // guards all below
  std::condition_variable wanted_;
  std::thread::id leader_;   // nobody while the one who led is away
  bool is_working_ = false;  // one of the two is away
  Time missed_at_;           // when the other one has to take over
  std::uint64_t times_away_ = 0;
  bool is_dozing_ = false;  // one of the two waits to be woken
};

}  // namespace extmail::net
