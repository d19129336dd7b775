// SPDX-License-Identifier: MIT
#pragma once

#include "core/change_log.hpp"
#include "core/clock.hpp"

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
  static constexpr auto kMaxTransaction = ChangeLog::kMaxTransaction;
  /// How far before the newest id reading begins, for what was under way then and commits later: as far as it is not
  /// settled, within these. What is settled on its master may still come to a replica that lags.
  static constexpr std::uint64_t kMinLookBack = 1000;
  static constexpr std::uint64_t kMaxLookBack = 100000;
  /// How far behind the newest id reading may begin: reading more again and again would cost too much.
  static constexpr std::uint64_t kMaxBehind = 10000;

  /// Starts before the newest id. False where that is too far behind the newest id: as settle().
  [[nodiscard]] bool start(const LogEnd& end, Time now);

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
