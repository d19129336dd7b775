// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace extmail::metrics {

/// How often something took how long.
///
/// Threads: all members may be called concurrently; observe() neither locks nor allocates.
class LatencyHistogram {
 public:
  /// Upper bounds of the buckets, each included: from an answer out of memory to one that Postfix hardly waits for.
  static constexpr std::array<std::chrono::microseconds, 19> kBounds{{
      std::chrono::microseconds(10),       std::chrono::microseconds(25),
      std::chrono::microseconds(50),       std::chrono::microseconds(100),
      std::chrono::microseconds(250),      std::chrono::microseconds(500),
      std::chrono::microseconds(1000),     std::chrono::microseconds(2500),
      std::chrono::microseconds(5000),     std::chrono::microseconds(10000),
      std::chrono::microseconds(25000),    std::chrono::microseconds(50000),
      std::chrono::microseconds(100000),   std::chrono::microseconds(250000),
      std::chrono::microseconds(500000),   std::chrono::microseconds(1000000),
      std::chrono::microseconds(2500000),  std::chrono::microseconds(5000000),
      std::chrono::microseconds(10000000),
  }};

  void observe(std::chrono::nanoseconds took);

  struct Snapshot {
    std::array<std::uint64_t, kBounds.size() + 1> counts{};  ///< by bucket; the last is beyond all bounds
    std::chrono::nanoseconds sum{0};
  };
  /// What is observed meanwhile may be in it or not.
  [[nodiscard]] Snapshot snapshot() const;

 private:
  std::array<std::atomic<std::uint64_t>, kBounds.size() + 1> counts_{};
  std::atomic<std::int64_t> sum_{0};  // nanoseconds; enough for 292 years
};

}  // namespace extmail::metrics
