// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>

namespace extmail::cache {

/// Which ids of the change log were seen, and from where to read on.
///
/// Ids are given out when a row is written but show when its transaction commits, so a smaller one may turn up after a
/// greater one. Each gap is therefore read again until it fills or kMaxTransaction has passed: rolled back then.
/// Threads: one at a time.
class ChangeWindow {
 public:
  /// How long a transaction may take and still have its changes seen.
  static constexpr std::chrono::minutes kMaxTransaction{10};
  /// Where reading begins before the newest id: what was under way then commits later.
  static constexpr std::uint64_t kLookBack = 1000;
  /// How far behind the newest id reading may begin: reading more again and again would cost too much.
  static constexpr std::uint64_t kMaxBehind = 10000;

  /// Starts with the newest id of the log, 0 for an empty one.
  void start(std::uint64_t newest, Time now);

  /// Whether id is seen for the first time. Ids come in ascending order within a round.
  bool is_new(std::uint64_t id, Time now);

  /// Ends a round: forgets gaps that are too old. False when gaps had to be given up that are not: changes may be
  /// missed until kMaxTransaction has passed.
  [[nodiscard]] bool settle(Time now);

  /// The next round reads ids greater than this: the newest one again, which stays in a log that nobody emptied.
  [[nodiscard]] std::uint64_t read_after() const;
  [[nodiscard]] std::uint64_t newest() const { return newest_; }
  [[nodiscard]] std::size_t gaps() const { return gaps_.size(); }

 private:
  struct Gap {
    std::uint64_t last;
    Time since;
  };
  std::map<std::uint64_t, Gap> gaps_;  // by first id; they neither meet nor overlap
  std::uint64_t newest_ = 0;
};

}  // namespace extmail::cache
