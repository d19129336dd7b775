// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>

namespace extmail {

/// When a question must be answered. Monotonic: a stepped system clock neither cuts nor stretches a wait.
using Deadline = std::chrono::steady_clock::time_point;

/// Where the rules get the time from; tests put their own in.
///
/// Threads: implementations may be called concurrently.
class Clock {
 public:
  virtual ~Clock() = default;

  [[nodiscard]] virtual std::chrono::steady_clock::time_point now() const = 0;

  /// The local date as `YYYY-MM-DD`, which is how the schema writes expiry dates.
  [[nodiscard]] virtual std::string today() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] std::chrono::steady_clock::time_point now() const override;
  [[nodiscard]] std::string today() const override;
};

}  // namespace extmail
