// SPDX-License-Identifier: MIT
#pragma once

#include "authd/login_metrics.hpp"
#include "core/clock.hpp"
#include "core/log.hpp"
#include "core/password_group.hpp"
#include "net/workers.hpp"

#include <atomic>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

namespace extmail::authd {

/// Computes password hashes on threads of their own, so that nothing else waits for them.
///
/// Hashes of one network wait for one another, and take turns with those of others: the throttle holds nobody whose address
/// is not known or is exempt, so a flood from there, by SMTP through saslauthd say, is all that could fill the queue. All
/// whose address is not known are one: who guesses has as many user names as he likes. Where a check can share its work
/// with others (core/password_group.hpp), those that have waited longest go with it, for they cost nobody his turn.
/// Threads: all members may be called concurrently; what is called back is so on one of the threads.
/// Limits: kMaxQueued, of one network kMaxQueuedOfNetwork. What still waits at its end is destroyed without being called.
class HashQueue {
 public:
  /// More logins than this at once are a flood, and each may hold a password in memory.
  static constexpr std::size_t kMaxQueued = 4096;

  /// So that others' logins find room. A network has its turn for each hash of another's, so what waits behind so many is
  /// late anyway.
  static constexpr std::size_t kMaxQueuedOfNetwork = kMaxQueued / 4;

  /// Empty: it has waited until its deadline, and was not checked.
  using Checked = std::function<void(std::optional<PasswordCheck>)>;
  /// Is told whether it is before the deadline.
  using Work = std::function<void(bool is_in_time)>;

  /// metrics, clock and log must outlive the queue.
  HashQueue(std::size_t threads, LoginMetrics& metrics, const Clock& clock, Log& log);

  /// Checks a password, whose texts live until done is destroyed. remote: the client's address, if it is known. False, and
  /// done is not called, where too much waits already.
  [[nodiscard]] bool check(std::string_view remote, const PasswordToCheck& password, Deadline deadline,
                           Checked done);

  /// Runs what computes hashes of its own, under the same rules.
  [[nodiscard]] bool run(std::string_view remote, Deadline deadline, Work work);

  /// What waits or runs.
  [[nodiscard]] std::size_t size() const { return size_.load(std::memory_order_relaxed); }

 private:
  struct Waiting;
  using Shared = std::shared_ptr<Waiting>;

  /// Whom it is the turn of, and who goes with him; empty where he has gone with somebody before.
  [[nodiscard]] std::vector<Shared> take(const Shared& next);
  /// False where somebody has taken it.
  [[nodiscard]] bool withdraw(const Shared& waiting);
  void check_group(std::vector<Shared> group);

  LoginMetrics& metrics_;
  const Clock& clock_;
  std::atomic<std::size_t> size_{0};
  std::mutex mutex_;              // guards what follows, and whether one of them was taken
  std::list<Shared> companions_;  // those that can be checked with others, the one that waits longest first
  net::Workers workers_;          // uses all the rest, and so ends first
};

}  // namespace extmail::authd
