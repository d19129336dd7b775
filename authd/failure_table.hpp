// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"
#include "core/zeroed_array.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace extmail::authd {

/// What is known of failed logins of one kind: those of a network, or of a user from a network.
struct Failures {
  /// A device with an old password has one, somebody who tries what the password may have been has few.
  static constexpr std::size_t kWrong = 4;

  Time::rep next;        ///< no attempt is evaluated before
  Time::rep counted_at;  ///< what count is the count of
  float count;
  std::uint32_t next_wrong;                 ///< which of wrong is replaced next
  std::array<std::uint64_t, kWrong> wrong;  ///< digests of passwords that were wrong; 0: none

  [[nodiscard]] float count_at(Time now, std::chrono::seconds half_life) const;
  [[nodiscard]] bool has_wrong(std::uint64_t digest) const;
  void add_wrong(std::uint64_t digest);
};

/// Failures by key, in bounded memory.
///
/// Keys are keyed hashes, so that nobody can choose where an entry goes. Of the eight entries that a new key could
/// replace, the one with the smallest count makes room: who guesses from many addresses loses their entries, not those
/// of the address that guesses most.
/// Threads: one at a time.
class FailureTable {
 public:
  explicit FailureTable(std::size_t entries);

  /// Null if nothing is known. Valid until the next make().
  [[nodiscard]] Failures* find(std::uint64_t key);
  /// Finds it, or makes room for it.
  [[nodiscard]] Failures& make(std::uint64_t key, Time now, std::chrono::seconds half_life);
  void erase(std::uint64_t key);

  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  static constexpr std::size_t kWays = 8;

  // Apart, so that to find nothing costs one line of the processor's cache.
  ZeroedArray<std::array<std::uint64_t, kWays>> keys_;  // 0: no entry
  ZeroedArray<std::array<Failures, kWays>> entries_;
  std::size_t size_ = 0;
};

}  // namespace extmail::authd
