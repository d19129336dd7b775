// SPDX-License-Identifier: MIT
#include "policyd/state/sliding_counter.hpp"

#include <algorithm>
#include <limits>

namespace extmail::policyd {

using std::chrono::seconds;

std::uint64_t saturated_sum(std::uint64_t a, std::uint64_t b) {
  return a > std::numeric_limits<std::uint64_t>::max() - b ? std::numeric_limits<std::uint64_t>::max()
                                                           : a + b;
}

SlidingCounter::SlidingCounter(seconds period)
    : window_{.limit = 0, .period = std::max(period, seconds(1))} {}

std::int64_t SlidingCounter::slot_at(seconds now) const {
  return now / window_.slot_width();
}

seconds SlidingCounter::leaves(std::int64_t slot) const {
  return window_.slot_width() * (slot + 1) + window_.period;
}

seconds SlidingCounter::ends() const {
  return slots_.empty() ? seconds(0) : leaves(slots_.back().number);
}

void SlidingCounter::sum() {
  used_ = 0;
  for (const auto& slot : slots_)
    used_ = saturated_sum(used_, slot.amount);
}

void SlidingCounter::forget(seconds now) {
  const auto stays =
      std::find_if(slots_.begin(), slots_.end(), [&](const Slot& slot) { return now < leaves(slot.number); });
  if (stays == slots_.begin()) return;
  slots_.erase(slots_.begin(), stays);
  sum();
}

seconds SlidingCounter::room_in(seconds now, std::uint64_t limit, std::uint64_t amount) const {
  if (amount > limit) return window_.period;
  const std::uint64_t room_for = limit - amount;
  if (used_ <= room_for) return seconds(0);
  std::uint64_t left = 0;
  // NOLINTNEXTLINE(modernize-loop-convert): clang 14 can't read the <ranges> of GCC 12
  for (auto slot = slots_.rbegin(); slot != slots_.rend(); ++slot) {
    left = saturated_sum(left, slot->amount);
    if (left > room_for) return leaves(slot->number) - now;
  }
  return seconds(0);
}

void SlidingCounter::add(std::int64_t slot, std::uint64_t amount) {
  if (amount == 0) return;
  const auto place =
      std::lower_bound(slots_.begin(), slots_.end(), slot,
                       [](const Slot& each, std::int64_t number) { return each.number < number; });
  if (place != slots_.end() && place->number == slot) {
    place->amount = saturated_sum(place->amount, amount);
  } else {
    slots_.insert(place, {slot, amount});
  }
  used_ = saturated_sum(used_, amount);
}

void SlidingCounter::remove(std::int64_t slot, std::uint64_t amount) {
  const auto place =
      std::find_if(slots_.begin(), slots_.end(), [&](const Slot& each) { return each.number == slot; });
  if (place == slots_.end()) return;
  place->amount -= std::min(amount, place->amount);
  if (place->amount == 0) slots_.erase(place);
  sum();
}

void SlidingCounter::shift_back(seconds by, seconds now) {
  const std::int64_t slots =
      by / window_.slot_width();  // rounded down: rather a slot later than one too early
  const std::int64_t latest = slot_at(now);
  std::vector<Slot> old;
  old.swap(slots_);
  used_ = 0;
  for (const auto& slot : old)
    add(std::min(slot.number - slots, latest), slot.amount);
}

}  // namespace extmail::policyd
