// SPDX-License-Identifier: MIT
#pragma once

#include "cache/change_window.hpp"
#include "cache/freshness.hpp"
#include "core/change_log.hpp"
#include "core/clock.hpp"
#include "core/log.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string_view>

namespace extmail::cache {

/// Reads the change log round by round, drops what changed, and so is the one that knows whether the database answers.
/// Without a log it only probes the database, and looks whether there is one now.
///
/// A flush (extmailctl flush) drops nothing: from then on no row is fresh, so that each is read again when it is asked for,
/// and while the database is away they serve as all known rows do.
///
/// What it finds out is logged when it changes: change_log_followed, change_log_missing, change_log_behind,
/// change_log_emptied; so is cache_flushed.
/// Threads: round() is called by one thread; the other members by any.
class ChangeFollower {
 public:
  /// Told of every change, once.
  using Drop = std::function<void(Table table, std::string_view folded_key)>;

  static constexpr std::chrono::milliseconds kPoll{200};
  static constexpr std::chrono::seconds kProbe{1};
  static constexpr std::chrono::milliseconds kRetry{500};
  static constexpr std::chrono::minutes kPrune{1};
  /// More flushes are not remembered, and may be carried out twice.
  static constexpr std::size_t kMaxFlushes = 1000;

  /// clock, freshness and log must outlive the follower. on_flush is called at each flush, once.
  ChangeFollower(std::shared_ptr<ChangeLog> changes, Freshness& freshness, Drop drop, const Clock& clock,
                 Log& log, std::function<void()> on_flush = {});

  /// Asks the database once; blocks for as long as that takes. Returns how long to wait before the next round.
  std::chrono::milliseconds round();

  /// Follows another database from the next round on.
  void replace(std::shared_ptr<ChangeLog> changes);

  struct Position {
    bool follows_log = false;
    std::uint64_t newest_id = 0;
    std::size_t gaps = 0;
    std::uint64_t changes = 0;  ///< since the start of the process
    std::uint64_t flushes = 0;  ///< likewise, not those that the start found; they are no changes
  };
  [[nodiscard]] Position position() const;

 private:
  enum class State : std::uint8_t { Unknown, Following, WithoutLog, Failed };

  std::chrono::milliseconds open();
  /// What was just opened but can't be read is not tried again and again.
  std::chrono::milliseconds read_first();
  std::chrono::milliseconds read();
  /// For a log that was emptied, by TRUNCATE say: ids begin anew, below those that were seen.
  std::chrono::milliseconds restart();
  void take(const Change& change, Time now);
  void flush(std::uint64_t id);
  /// All that was there at that time is read.
  void finish(Time asked);
  void prune();
  void say_what_changed(State state, std::string_view reason);

  Freshness& freshness_;
  const Drop drop_;
  const std::function<void()> on_flush_;
  const Clock& clock_;
  Log& log_;

  std::mutex replacing_;  // guards next_
  std::shared_ptr<ChangeLog> next_;

  std::shared_ptr<ChangeLog> changes_;
  bool is_open_ = false;
  bool is_catching_up_ = false;  // with what was written before it was opened
  bool sees_all_ = true;         // of what was under way then
  bool has_read_ = false;        // to the end, once
  State said_ = State::Unknown;
  ChangeWindow window_;
  // What is read again after a lost connection must not cost all remembered passwords again.
  std::set<std::uint64_t> flushed_;
  Time prune_at_;
  OncePerMinute may_say_emptied_;

  std::atomic<std::uint64_t> newest_id_{0};
  std::atomic<std::size_t> gaps_{0};
  std::atomic<std::uint64_t> dropped_{0};
  std::atomic<std::uint64_t> flushes_{0};
};

}  // namespace extmail::cache
