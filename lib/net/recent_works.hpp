// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>

namespace extmail::net {

/// Tells from how long a thread's latest works took whether its next one is likely to be short: what is held back while it
/// runs has to wait for it.
///
/// Threads: one at a time.
class RecentWorks {
 public:
  /// Where hashes of a slow kind are rare they still come more often than that, else holding back is worth more than it
  /// costs.
  static constexpr unsigned kInARow = 16;

  /// short_work is the longest that counts as short.
  explicit RecentWorks(std::chrono::nanoseconds short_work) : short_work_(short_work) {}

  /// took is the thread's own time, without that in which others had the processor.
  void note(std::chrono::nanoseconds took) {
    in_a_row_ = took <= short_work_ ? std::min(in_a_row_ + 1, kInARow) : 0;
  }

  /// False at first: nothing is known of what comes.
  [[nodiscard]] bool are_short() const { return in_a_row_ == kInARow; }

 private:
  const std::chrono::nanoseconds short_work_;
  unsigned in_a_row_ = 0;
};

}  // namespace extmail::net
