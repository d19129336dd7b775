// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace extmail::mysql {

/// Which of several servers to try, from how they did so far. Earlier ones are preferred.
///
/// A server that failed is left alone for a while that doubles from kFirstPause to kLongestPause with each failure, unless
/// there is no other.
/// Threads: one at a time.
class HostHealth {
 public:
  static constexpr std::chrono::milliseconds kFirstPause{500};
  static constexpr std::chrono::seconds kLongestPause{60};

  explicit HostHealth(std::size_t hosts) : hosts_(hosts) {}

  /// The servers by number, in the order in which to try them: those that may be tried now, then the others.
  [[nodiscard]] std::vector<std::size_t> order(Time now) const;

  /// A connection was made: this server is the active one now.
  void succeeded(std::size_t host);
  void failed(std::size_t host, Time now);

  /// The one that is asked; the first until a connection was made.
  [[nodiscard]] std::size_t active() const { return active_; }
  /// Whether a server that is preferred to the active one may be tried now.
  [[nodiscard]] bool may_be_bettered(Time now) const;

  struct Host {
    std::uint64_t failures = 0;       ///< since the start
    std::uint64_t failed_in_row = 0;  ///< since the last success; 0: it is well, for all we know
    Time retry_at;
  };
  [[nodiscard]] const std::vector<Host>& hosts() const { return hosts_; }

 private:
  std::vector<Host> hosts_;
  std::size_t active_ = 0;
};

}  // namespace extmail::mysql
