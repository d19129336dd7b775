// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"
#include "core/decision.hpp"
#include "core/log.hpp"
#include "metrics/families.hpp"
#include "policyd/facts.hpp"
#include "policyd/rule.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace extmail::policyd {

/// Has decisions written behind: a request does not wait for it. What is older than it is to be kept goes, in small parts.
///
/// While they can't be written they are kept and tried again, with a line in the log once a minute (decisions_waiting; for
/// old ones that can't be removed, decisions_kept). They are written once more at the end, for at most kLastChance.
/// Threads: all members may be called concurrently; writes on a thread of its own, which the destructor joins.
/// Limits: kMaxWaiting wait at once, 40 MiB at the very most; what finds no room is lost and counted.
class DecisionRecord {
 public:
  struct Settings {
    std::chrono::hours kept_for{30 * 24};
    std::chrono::milliseconds interval = std::chrono::seconds(1);
  };
  using WallTime = std::function<std::chrono::sys_seconds()>;

  static constexpr std::size_t kMaxWaiting = 20'000;
  static constexpr std::chrono::seconds kLastChance{2};
  /// Between two looks for old ones; where there are more than fit a part, they go on with the next writing.
  static constexpr std::chrono::minutes kTidiedEvery{1};

  /// clock and log must outlive it.
  DecisionRecord(Settings settings, std::shared_ptr<DecisionSink> sink, const Clock& clock,
                 WallTime wall_time, Log& log);
  ~DecisionRecord();
  DecisionRecord(const DecisionRecord&) = delete;
  DecisionRecord& operator=(const DecisionRecord&) = delete;

  /// Of a rule that is enforced.
  void note(const Facts& facts, std::string_view rule, const Action& action);

  /// Writes to another sink from now on, what waits too. The old one is held until what it does has ended.
  void replace(std::shared_ptr<DecisionSink> sink);

  struct Statistics {
    std::size_t waiting = 0;
    std::uint64_t written = 0;
    std::uint64_t lost = 0;
    std::uint64_t removed = 0;
  };
  [[nodiscard]] Statistics statistics() const;
  void collect(metrics::Families& families) const;

 private:
  void work();
  void write(Deadline deadline);
  void tidy(Deadline deadline);
  [[nodiscard]] std::shared_ptr<DecisionSink> sink() const;
  void put_back(std::deque<Decision> rest, const std::string& reason);

  const Settings settings_;
  const Clock& clock_;
  const WallTime wall_time_;
  Log& log_;
  OncePerMinute may_complain_;  // these three: the thread's
  OncePerMinute may_complain_of_old_;
  Time tidy_at_;

  mutable std::mutex mutex_;  // guards all below; not held while the sink works
  std::condition_variable stop_;
  bool is_stopping_ = false;
  std::shared_ptr<DecisionSink> sink_;
  std::deque<Decision> waiting_;
  std::uint64_t written_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t removed_ = 0;

  std::thread thread_;  // last: it uses all of the above
};

}  // namespace extmail::policyd
