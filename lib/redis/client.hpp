// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"
#include "core/outcome.hpp"
#include "redis/reply.hpp"
#include "redis/settings.hpp"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace extmail::redis {

class Connection;

/// Commands to one Redis server over one connection, all on their way at once; it is made anew whenever it is lost.
///
/// Outcomes: done is called once: Found with what Redis says, an error of the command alone included; TemporaryFailure
/// where there is no connection (at once), where it was lost or the time is up, where too many commands wait, and at
/// the end. A command that failed so may have been done nevertheless, and is not sent again.
/// A server that can't serve now (read-only replica, loading, full, of a cluster, password refused) is one that is away.
/// Threads: submit() may be called concurrently, also by done, which runs on the client's own thread, or on the
/// caller's where the answer is there at once. Neither done nor the events may block or throw.
/// Limits: kMaxCommands and kMaxBytes on their way. A host's name that can't be resolved holds up the destructor for as
/// long as the resolver tries.
class Client {
 public:
  static constexpr std::size_t kMaxCommands = 4096;
  static constexpr std::size_t kMaxBytes = 16UL << 20U;
  /// Between two attempts to connect: the first follows at once the loss of a connection that has lasted for kLongestPause.
  static constexpr std::chrono::milliseconds kFirstPause{100};
  static constexpr std::chrono::milliseconds kLongestPause{5000};
  /// An idle connection is asked so often: a server that hangs is noticed, a firewall does not forget it.
  static constexpr std::chrono::seconds kHeartbeat{5};

  using Done = std::function<void(Answer<Reply>)>;

  /// On the client's thread.
  struct Events {
    std::function<void(const std::string& reason)>
        down;                  ///< once until up; also where the first attempt fails
    std::function<void()> up;  ///< after down only
  };

  /// Waits up to the time-out for the first connection. Each connection has to answer all of the greeting without an
  /// error before it is used; the greeting is not empty.
  Client(Settings settings, std::vector<Command> greeting, Events events);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void submit(Command command, Done done);

  [[nodiscard]] bool is_away() const { return !is_ready_; }

 private:
  struct Request {
    Command command;
    Done done;
    Deadline deadline;
    std::size_t bytes = 0;
  };

  /// Empty where there is room; mutex_ is held.
  [[nodiscard]] std::string why_refused(std::size_t bytes) const;
  void run();
  void connect();
  [[nodiscard]] bool greet();
  void send_waiting();
  void exchange(short events);
  [[nodiscard]] bool take_replies();
  [[nodiscard]] bool answer(Reply reply);
  void lose(std::string reason);  ///< a copy: the connection, whose text it may be, goes first
  void became_ready();
  [[nodiscard]] int pause(Time now) const;

  const Settings settings_;
  const std::vector<Command> greeting_;
  const Events events_;
  const int wake_fd_;

  // Of the client's thread.
  std::unique_ptr<Connection> connection_;
  bool is_connecting_ = false;
  std::size_t greetings_ = 0;  ///< answers still to come before the connection is used
  Deadline greeting_deadline_;
  Time ready_since_;
  Time next_attempt_;
  std::chrono::milliseconds next_pause_{0};
  bool is_down_told_ = false;
  Time last_heard_;
  std::deque<Request> sent_;

  std::atomic<bool> is_ready_{false};  ///< changed under mutex_

  std::mutex mutex_;  ///< of what follows; not held while done or an event runs
  std::condition_variable first_attempt_ended_;
  bool has_tried_ = false;
  bool is_stopping_ = false;
  std::string away_reason_ = "not connected yet";
  std::deque<Request> waiting_;
  std::size_t commands_ = 0;  ///< on their way: waiting and sent
  std::size_t bytes_ = 0;

  std::thread thread_;
};

}  // namespace extmail::redis
