// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>

namespace extmail {

/// A moment of the monotonic clock.
using Time = std::chrono::steady_clock::time_point;

/// When a question must be answered. Monotonic: a stepped system clock neither cuts nor stretches a wait.
using Deadline = Time;

/// Where the rules get the time from; tests put their own in.
///
/// Threads: implementations may be called concurrently.
class Clock {
 public:
  virtual ~Clock() = default;

  [[nodiscard]] virtual Time now() const = 0;

  /// The local date as `YYYY-MM-DD`, which is how the schema writes expiry dates.
  [[nodiscard]] virtual std::string today() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override;
  [[nodiscard]] std::string today() const override;
};

}  // namespace extmail
