// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"
#include "core/zeroed_array.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace extmail::authd {

/// From which networks a user has logged in lately, in bounded memory.
///
/// All places of a user share one set of sixteen with those of a few other users: whoever owns an account and comes from
/// ever new addresses makes these few be forgotten, and nobody else.
/// Threads: one at a time.
/// Limits: 8 bytes a place. That a network is taken for another one happens once in 268 million times.
class FamiliarPlaces {
 public:
  /// A device that is used at all comes more often than that.
  static constexpr std::chrono::hours kRemembered{24 * 30};

  explicit FamiliarPlaces(std::size_t places);

  /// user and network are keyed hashes.
  [[nodiscard]] bool knows(std::uint64_t user, std::uint64_t network, Time now) const;
  void remember(std::uint64_t user, std::uint64_t network, Time now);

 private:
  static constexpr std::size_t kWays = 16;

  struct Place {
    std::uint32_t network;
    std::uint32_t seen;  ///< second of the monotonic clock, from 1 on; 0: no entry
  };
  [[nodiscard]] static Place make_place(std::uint64_t user, std::uint64_t network, Time now);

  ZeroedArray<std::array<Place, kWays>> sets_;
};

}  // namespace extmail::authd
