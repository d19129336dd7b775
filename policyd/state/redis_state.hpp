// SPDX-License-Identifier: MIT
#pragma once

#include "core/log.hpp"
#include "policyd/state/redis_scripts.hpp"
#include "policyd/state/state.hpp"
#include "redis/client.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace extmail::policyd {

/// The state in a Redis server (7.0 or later, or Valkey; no cluster), shared by all policyds that use the same prefix:
/// each operation is one script there.
///
/// Outcomes: as State says; a failure comes at once while Redis is away, which is said once (state_away, state_back). What
/// was under way when Redis went may have been counted nevertheless. What Redis refuses is a TemporaryFailure too, and said
/// once a minute (state_refused). A key or member longer than kMaxKeyBytes throws std::length_error.
/// Time: the clock of Redis, so those of the hosts need not agree. Of marks, how long they last counts, by the clock that
/// their callers read (wall).
/// Threads: done may run on a thread of the state's own, on which the operations may be called too. Ends with what is under
/// way failed, so those whom it answers must outlive the state.
/// Limits: those of redis::Client; numbers stop at RedisScripts::kMostNumber; what goes when Redis is full is up to
/// its maxmemory-policy.
class RedisState final : public State {
 public:
  using Wall = std::function<std::chrono::system_clock::time_point()>;
  /// Since 1970.
  using RedisTime = std::function<std::chrono::milliseconds()>;

  struct Clocks {
    Wall wall = [] { return std::chrono::system_clock::now(); };
    RedisTime redis;  ///< in place of that of Redis, for tests; empty: its own
  };

  /// Waits for the first connection, up to the time-out. log must outlive it.
  RedisState(redis::Settings settings, std::string prefix, Log& log)
      : RedisState(std::move(settings), std::move(prefix), log, Clocks{}) {}
  RedisState(redis::Settings settings, std::string prefix, Log& log, Clocks clocks);

  void take(std::vector<Charge> charges, Done<Taken> done) override;
  void give_back(std::vector<Return> returns) override;
  void greylist(GreylistQuestion question, Done<GreylistAnswer> done) override;
  void note_correspondent(std::string key, std::chrono::seconds lifetime) override;
  void count_distinct(std::string key, std::string member, std::chrono::seconds period, std::size_t at_most,
                      Done<std::size_t> done) override;
  void set_mark(Mark mark) override;
  void find_mark(std::string key, Done<std::optional<Mark>> done) override;
  void remove_mark(std::string key, Done<bool> done) override;
  void list_marks(std::string prefix, std::size_t at_most, Done<std::vector<Mark>> done) override;
  /// Failures and is_away: the rest is for Redis to tell.
  [[nodiscard]] Statistics statistics() const override;

 private:
  using Words = std::vector<std::string>;
  using Script = RedisScripts::Script;

  /// What Redis replies, an error no more.
  void run(const Script& script, const Words& keys, const Words& arguments, Done<redis::Reply> done);
  /// The same, read() into a T; empty is no reply to the script.
  template <typename T, typename Read>
  void ask(const Script& script, const Words& keys, const Words& arguments, Done<T> done, Read read);
  /// Without an answer to anybody.
  void tell(const Script& script, const Words& keys, const Words& arguments);
  [[nodiscard]] Answer<redis::Reply> checked(Answer<redis::Reply> answer);
  [[nodiscard]] std::vector<redis::Command> greeting() const;

  const std::string prefix_;
  const Clocks clocks_;
  Log& log_;
  const RedisScripts scripts_;
  OncePerMinute may_log_;
  std::atomic<std::uint64_t> failures_{0};
  redis::Client client_;  // last: its thread uses the rest
};

}  // namespace extmail::policyd
