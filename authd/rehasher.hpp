// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"
#include "core/log.hpp"
#include "core/password_writer.hpp"
#include "core/secret.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace extmail::authd {

/// Puts strong hashes in place of weak ones, of passwords that have just been verified: nobody else knows them.
///
/// What can't be done now is dropped, because the next login offers it again. Each new hash is a line in the log
/// (password_rehashed); failures are one a minute (rehash_failed).
/// Threads: all members may be called concurrently, and none waits. Hashes are computed and written on one thread, which
/// leaves the processor to those who want to log in; the destructor joins it, after the one under way.
/// Limits: kMaxQueued passwords in memory at once, wiped when done.
class Rehasher {
 public:
  static constexpr std::size_t kMaxQueued = 64;

  /// Makes the new hash; empty where it can't.
  using Hash = std::function<std::optional<Secret>(std::string_view password)>;

  /// writer, clock and log must outlive it.
  Rehasher(Hash hash, PasswordWriter& writer, const Clock& clock, Log& log);
  ~Rehasher();
  Rehasher(const Rehasher&) = delete;
  Rehasher& operator=(const Rehasher&) = delete;

  /// username as its row has it; stored is what password was verified against.
  void offer(std::string_view username, std::string_view stored, std::string_view password);

  struct Statistics {
    std::uint64_t done = 0;
    std::uint64_t failed = 0;
    std::uint64_t left_alone = 0;  ///< the row had changed meanwhile
    std::uint64_t dropped = 0;     ///< offered while the queue was full
  };
  [[nodiscard]] Statistics statistics() const;

 private:
  struct Job {
    std::string username;
    Secret stored;
    Secret password;
  };

  void work();
  void replace(const Job& job);
  void complain(const std::string& username, const std::string& reason);

  const Hash hash_;
  PasswordWriter& writer_;
  const Clock& clock_;
  Log& log_;
  OncePerMinute may_complain_;

  mutable std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  bool is_stopping_ = false;
  std::deque<Job> queue_;
  std::string under_way_;  // username
  Statistics statistics_;

  std::thread thread_;
};

}  // namespace extmail::authd
