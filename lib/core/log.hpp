// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <string_view>

namespace extmail {

enum class Level { Error, Warning, Notice, Info, Debug };

/// Where events go. An event has a stable name (doc/events.md), so that an admin can match on it, and a text
/// that says what happened and what to do next. Never pass a secret; peer text is made safe by the
/// implementation.
///
/// Threads: implementations may be called concurrently.
class Log {
 public:
  virtual ~Log() = default;
  virtual void write(Level level, std::string_view event, std::string_view text) = 0;
  /// Whether events of this level go anywhere, for texts that cost something to make.
  [[nodiscard]] virtual bool takes(Level level) const {
    (void)level;
    return true;
  }
};

/// Lets an event through once a minute, for those that a flood of requests would repeat as often.
///
/// Threads: may be called concurrently.
class OncePerMinute {
 public:
  [[nodiscard]] bool operator()(std::chrono::steady_clock::time_point now) {
    auto next = next_.load(std::memory_order_relaxed);
    return now >= next && next_.compare_exchange_strong(next, now + std::chrono::minutes(1));
  }

 private:
  std::atomic<std::chrono::steady_clock::time_point> next_{std::chrono::steady_clock::time_point::min()};
};

}  // namespace extmail
