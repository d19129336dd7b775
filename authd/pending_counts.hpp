// SPDX-License-Identifier: MIT
#pragma once

#include "core/zeroed_array.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace extmail::authd {

/// How many attempts are under way, by key: small enough to stay in the processor's cache, because every login passes.
///
/// Keys are keyed hashes.
/// Threads: one at a time.
/// Limits: 65,536 keys at once, of which extmail-authd has a quarter at most. Where a key finds no room it is not
/// counted.
class PendingCounts {
 public:
  [[nodiscard]] std::uint32_t of(std::uint64_t key) const {
    for (const Slot& slot : sets_[key % kSets]) {
      if (slot.count != 0 && slot.tag == tag_of(key)) return slot.count;
    }
    return 0;
  }

  void add(std::uint64_t key) {
    auto& set = sets_[key % kSets];
    auto slot = find(set, key);
    if (slot == set.end()) {
      slot = std::find_if(set.begin(), set.end(), [](const Slot& any) { return any.count == 0; });
      if (slot == set.end()) return;
      slot->tag = tag_of(key);
    }
    ++slot->count;
  }

  void remove(std::uint64_t key) {
    auto& set = sets_[key % kSets];
    if (const auto slot = find(set, key); slot != set.end()) --slot->count;
  }

 private:
  static constexpr std::size_t kWays = 8;
  static constexpr std::size_t kSets = 8192;

  struct Slot {
    std::uint32_t tag;
    std::uint32_t count;  ///< 0: free
  };
  using Set = std::array<Slot, kWays>;

  [[nodiscard]] static std::uint32_t tag_of(std::uint64_t key) {
    return static_cast<std::uint32_t>(key >> 32U);
  }
  [[nodiscard]] static Set::iterator find(Set& set, std::uint64_t key) {
    return std::find_if(set.begin(), set.end(),
                        [&](const Slot& slot) { return slot.count != 0 && slot.tag == tag_of(key); });
  }

  ZeroedArray<Set> sets_{kSets};
};

}  // namespace extmail::authd
