// SPDX-License-Identifier: MIT
#pragma once

#include "core/change_log.hpp"
#include "core/clock.hpp"

#include <atomic>
#include <chrono>
#include <optional>

namespace extmail::cache {

/// Decides from the time at which a row was read whether it may be served without asking the database.
///
/// Where the change log is followed, a row stays fresh for as long as the log is read: what changes is dropped from
/// the cache. Without it, and where a table's changes are not logged, a row is fresh for ttl. While the database is away, rows are served up to max_stale after
/// they were last known to be right.
///
/// Threads: one thread, which asks the database again and again, reports what it saw; any may ask.
class Freshness {
 public:
  struct Settings {
    std::chrono::seconds ttl{5};
    std::chrono::seconds max_stale{3600};
  };

  /// A followed log that was not read for this long proves nothing any more: changes have to show within a second.
  static constexpr std::chrono::milliseconds kLogGrace{900};
  /// Without a log nothing is lost by waiting longer before the database counts as away.
  static constexpr std::chrono::seconds kProbeGrace{3};
  /// Rows are read again after this even where the log says that nothing changed, in case a table was changed with its
  /// triggers away.
  static constexpr std::chrono::hours kMaxAge{1};

  Freshness(const Settings& settings, Time now);

  /// The log is followed from now on: rows read before are not fresh, because what changed meanwhile is unknown.
  void log_opened(Time asked);
  /// All changes up to the time of asking are known.
  void log_read(Time asked);
  /// Rows read before this time are not fresh, whatever the log says; they are known all the same while the database is
  /// away.
  void forget(Time now);
  /// The log can't vouch for everything before this time: for rows read until then ttl counts.
  void doubt_log_until(Time until);
  /// The database answered, but has no log to follow now. What one said before still holds of that time.
  void answered_without_log(Time asked);
  void database_failed();

  [[nodiscard]] bool is_fresh(Time read_at, Time now) const;
  /// The same for a row whose changes are not logged; ttl is its own, or else the one of the settings.
  [[nodiscard]] bool is_fresh_unlogged(Time read_at, std::optional<std::chrono::seconds> ttl, Time now) const;
  /// Whether the database failed or has not answered for too long.
  [[nodiscard]] bool is_away(Time now) const;
  /// Whether max_stale still covers a row that is not fresh.
  [[nodiscard]] bool is_servable(Table table, Time read_at, Time now) const;
  /// Whether all changes up to the time when the log was read last are known to have left the row alone.
  [[nodiscard]] bool is_vouched_for(Table table, Time read_at) const;
  /// When a row was last known to be right.
  [[nodiscard]] Time verified_at(Table table, Time read_at) const;

  [[nodiscard]] bool follows_log() const { return follows_log_; }
  [[nodiscard]] Time last_answer() const { return last_answer_; }

 private:
  const Settings settings_;
  std::atomic<bool> follows_log_{false};
  std::atomic<bool> has_failed_{false};
  std::atomic<Time> log_read_{Time::min()};
  std::atomic<Time> valid_from_;   // rows read earlier are not vouched for by the log
  std::atomic<Time> last_answer_;  // when the last answered question was asked
  std::atomic<Time> doubted_until_{Time::min()};
};

}  // namespace extmail::cache
