// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"
#include "policyd/state/local_entry.hpp"

#include <chrono>

namespace extmail::policyd {

/// The time of day when it was made, and from then on the monotonic clock: a system clock that is put right, or wrong,
/// while the daemon runs neither frees a counter nor freezes it.
///
/// Threads: any. clock must outlive it.
class OwnTime {
 public:
  OwnTime(const Clock& clock, std::chrono::system_clock::time_point wall)
      : clock_(clock),
        offset_(std::chrono::floor<StateTime>(wall.time_since_epoch()) -
                std::chrono::floor<StateTime>(clock.now().time_since_epoch())) {}

  [[nodiscard]] StateTime now() const {
    return offset_ + std::chrono::floor<StateTime>(clock_.now().time_since_epoch());
  }

 private:
  const Clock& clock_;
  const StateTime offset_;
};

}  // namespace extmail::policyd
