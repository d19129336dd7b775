// SPDX-License-Identifier: MIT
#pragma once

#include "policyd/state/state.hpp"

#include <chrono>
#include <cstdint>
#include <vector>

namespace extmail::policyd {

/// What was counted under one key within a period, by the slots of Window.
///
/// Threads: one at a time. Limits: some Window::kSlots slots, whatever is counted; amounts stop at the greatest number.
class SlidingCounter {
 public:
  struct Slot {
    std::int64_t number;
    std::uint64_t amount;
  };

  explicit SlidingCounter(std::chrono::seconds period);

  /// Forgets what has left by then. Call it first: the others look at what is left.
  void forget(std::chrono::seconds now);

  [[nodiscard]] std::uint64_t used() const { return used_; }
  [[nodiscard]] std::int64_t slot_at(std::chrono::seconds now) const;

  /// Until so much fits beneath the limit; a whole period where it never will.
  [[nodiscard]] std::chrono::seconds room_in(std::chrono::seconds now, std::uint64_t limit,
                                             std::uint64_t amount) const;

  void add(std::int64_t slot, std::uint64_t amount);
  /// No more than the slot has.
  void remove(std::int64_t slot, std::uint64_t amount);

  /// As if the time were so much less. What was counted leaves no earlier than it would have.
  void shift_back(std::chrono::seconds by, std::chrono::seconds now);

  /// When the last of it leaves; 0 where there is nothing.
  [[nodiscard]] std::chrono::seconds ends() const;
  [[nodiscard]] std::chrono::seconds period() const { return window_.period; }
  /// In order.
  [[nodiscard]] const std::vector<Slot>& slots() const { return slots_; }

 private:
  [[nodiscard]] std::chrono::seconds leaves(std::int64_t slot) const;
  void sum();

  Window window_;
  std::uint64_t used_ = 0;
  std::vector<Slot> slots_;
};

/// a + b, or the greatest number.
[[nodiscard]] std::uint64_t saturated_sum(std::uint64_t a, std::uint64_t b);

}  // namespace extmail::policyd
