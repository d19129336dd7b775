// SPDX-License-Identifier: MIT
#pragma once

#include "core/log.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace extmail::net {

/// Counts connections that share a limit.
///
/// Threads: all members may be used concurrently; open may pass max by the number of threads that accept.
struct ConnectionLimit {
  explicit ConnectionLimit(std::size_t most) : max(most) {}

  [[nodiscard]] bool is_reached() const { return open.load(std::memory_order_relaxed) >= max; }

  const std::size_t max;
  std::atomic<std::size_t> open{0};
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> refused{0};
  OncePerMinute may_complain;
};

}  // namespace extmail::net
