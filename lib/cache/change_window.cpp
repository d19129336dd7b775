// SPDX-License-Identifier: MIT
#include "cache/change_window.hpp"

#include <algorithm>

namespace extmail::cache {

bool ChangeWindow::start(const LogEnd& end, Time now) {
  gaps_.clear();
  newest_ = end.newest;
  const std::uint64_t look_back =
      std::min(end.newest, std::clamp(end.newest - end.settled, kMinLookBack, kMaxLookBack));
  if (look_back > 0) gaps_[end.newest - look_back + 1] = {end.newest, now};
  return end.newest - look_back <= end.settled;
}

bool ChangeWindow::is_new(std::uint64_t id, Time now) {
  if (id > newest_) {
    if (id > newest_ + 1) gaps_[newest_ + 1] = {id - 1, now};
    newest_ = id;
    return true;
  }
  auto it = gaps_.upper_bound(id);
  if (it == gaps_.begin()) return false;
  --it;
  const auto [first, gap] = *it;
  if (id > gap.last) return false;
  gaps_.erase(it);
  if (first < id) gaps_[first] = {id - 1, gap.since};
  if (id < gap.last) gaps_[id + 1] = gap;
  return true;
}

bool ChangeWindow::settle(Time now) {
  bool is_complete = true;
  for (auto it = gaps_.begin(); it != gaps_.end();) {
    const bool is_over = now - it->second.since > kMaxTransaction;
    const bool is_too_far = newest_ - it->first >= kMaxBehind;
    if (is_too_far && !is_over) is_complete = false;
    it = is_over || is_too_far ? gaps_.erase(it) : std::next(it);
  }
  return is_complete;
}

std::uint64_t ChangeWindow::read_after() const {
  if (!gaps_.empty()) return gaps_.begin()->first - 1;
  return newest_ == 0 ? 0 : newest_ - 1;
}

}  // namespace extmail::cache
