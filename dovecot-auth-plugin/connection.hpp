// SPDX-License-Identifier: MIT
#pragma once

#include "core/frame.hpp"
#include "core/outcome.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct io;
struct timeout;

namespace extmail::dovecot {

/// A connection to a unix socket that carries auth protocol messages on Dovecot's event loop and never waits.
///
/// Messages sent in one turn of the loop leave with few writes. When something has arrived the loop calls
/// Listener::readable(), and the listener then receive() once and next() until nothing is left: one read
/// brings many.
///
/// Errors: a peer that is gone shows in receive(), not in send().
/// Ownership: the listener outlives the connection and may destroy it at any time, in readable() too.
/// Limits: input is bounded by the longest message and one read; output by what its owner sends. What was
/// written or taken is wiped, because it may carry passwords.
class Connection {
 public:
  class Listener {
   public:
    virtual void readable() = 0;

   protected:
    ~Listener() = default;
  };

  /// Errors: a temporary failure that says which socket, what the system answered and what to look at.
  [[nodiscard]] static Answer<std::unique_ptr<Connection>> open(const std::string& path, Listener& listener);

  Connection(int fd, Listener& listener);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// Queues a framed message.
  void send(std::string_view message);

  /// Reads what has arrived. False when the peer has closed the connection; what came before is still there.
  [[nodiscard]] bool receive();

  /// The next message received; its payload is good until next() or receive() is called again.
  [[nodiscard]] Frame next();

 private:
  static void on_readable(void* context);
  static void on_flush(void* context);
  void flush();
  void drop_sent(std::size_t bytes);
  void wipe_taken();

  int fd_;
  Listener& listener_;

  // What was received and not taken yet lies from begin_ to end_; what was taken, and is not wiped yet,
  // before it.
  std::vector<char> input_;
  std::size_t wiped_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;

  std::string output_;
  std::size_t sent_ = 0;  // of output_
  std::size_t held_ = 0;  // messages since the last write

  ::io* readable_ = nullptr;
  ::io* writable_ = nullptr;  // set while the peer's receive buffer is full
  ::timeout* flush_ = nullptr;
};

}  // namespace extmail::dovecot
