// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"
#include "core/last_login.hpp"
#include "core/log.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

namespace extmail::authd {

/// Has last logins written behind: a login does not wait for it, and many of one user are one row.
///
/// While they can't be written they are kept and tried again, with a line in the log once a minute
/// (last_logins_waiting). They are written once more at the end, for at most kLastChance.
/// Threads: all members may be called concurrently; writes on a thread of its own, which the destructor joins.
/// Limits: kMaxWaiting mailboxes and services wait at once; what finds no room is lost and counted.
class LastLogins {
 public:
  struct Settings {
    std::chrono::milliseconds interval = std::chrono::seconds(10);
  };

  static constexpr std::size_t kMaxWaiting = 65'536;
  static constexpr std::chrono::seconds kLastChance{2};

  /// Width of extmail_last_login.service: longer or odd names, which no host sends, are noted as "other".
  static constexpr std::size_t kMaxServiceBytes = 32;

  /// sink, clock and log must outlive it.
  LastLogins(Settings settings, LastLoginSink& sink, const Clock& clock, Log& log);
  ~LastLogins();
  LastLogins(const LastLogins&) = delete;
  LastLogins& operator=(const LastLogins&) = delete;

  /// username as its row has it. A remote that is no address counts as not known.
  void note(std::string_view username, std::string_view service, std::string_view remote,
            std::chrono::system_clock::time_point at);

  struct Statistics {
    std::size_t waiting = 0;
    std::uint64_t written = 0;
    std::uint64_t lost = 0;
  };
  [[nodiscard]] Statistics statistics() const;

 private:
  struct Latest {
    std::string remote;
    std::chrono::system_clock::time_point at;
  };
  using Waiting = std::unordered_map<std::string, Latest>;  // by service, a zero byte, and username

  void work();
  void write(Deadline deadline);
  void put_back(const Waiting& taken, const std::string& reason);
  void note(std::string key, Latest latest);

  const Settings settings_;
  LastLoginSink& sink_;
  const Clock& clock_;
  Log& log_;
  OncePerMinute may_complain_;

  mutable std::mutex mutex_;  // guards all below; not held while the sink writes
  std::condition_variable stop_;
  bool is_stopping_ = false;
  Waiting waiting_;
  std::uint64_t written_ = 0;
  std::uint64_t lost_ = 0;

  std::thread thread_;
};

}  // namespace extmail::authd
