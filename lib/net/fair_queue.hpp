// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <unordered_map>
#include <utility>

namespace extmail::net {

/// Whose work it is. Lanes take turns, so that who sends much waits behind his own work, and others do not.
struct Lane {
  std::uint64_t number = 0;
  std::size_t max_queued = std::numeric_limits<std::size_t>::max();  ///< that may wait in it
};

/// Work that waits: in turn a piece of each lane that has any, and within a lane in the order in which it came.
///
/// Threads: one at a time. Limits: what its user asks has_room() about; a lane without work takes no memory.
class FairQueue {
 public:
  using Work = std::function<void()>;

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

  [[nodiscard]] bool has_room(const Lane& lane) const {
    const auto known = lanes_.find(lane.number);
    return (known == lanes_.end() ? 0 : known->second.size()) < lane.max_queued;
  }

  void push(const Lane& lane, Work work) {
    auto& waiting = lanes_[lane.number];
    waiting.push_back(std::move(work));
    if (waiting.size() == 1) turns_.push_back(lane.number);
    ++size_;
  }

  /// Precondition: not empty().
  [[nodiscard]] Work pop() {
    const auto lane = lanes_.find(turns_.front());
    turns_.pop_front();
    Work work = std::move(lane->second.front());
    lane->second.pop_front();
    --size_;
    if (lane->second.empty()) {
      lanes_.erase(lane);
    } else {
      turns_.push_back(lane->first);
    }
    return work;
  }

 private:
  std::unordered_map<std::uint64_t, std::deque<Work>> lanes_;  // those with work
  std::deque<std::uint64_t> turns_;                            // each of them once
  std::size_t size_ = 0;
};

}  // namespace extmail::net
