// SPDX-License-Identifier: MIT
#pragma once

#include "core/frame.hpp"
#include "core/secret.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include <sys/types.h>

namespace extmail::net {

/// Who is at the other end of a unix socket, from SO_PEERCRED.
struct Peer {
  uid_t uid = 0;
  pid_t pid = 0;
  std::uint64_t connection = 0;  ///< another one for each connection of this process's life
};

class Responder;

/// Where an answer goes: a session, or a test's list.
///
/// Threads: any.
class AnswerSink {
 public:
  using GoOn = std::function<void(Responder)>;

  virtual ~AnswerSink() = default;
  /// bytes may be empty; close_after ends the connection once they are written.
  virtual void answer(Secret bytes, bool close_after) = 0;
  /// Part of an answer: go_on brings the rest once the peer has taken these bytes.
  virtual void answer_in_part(Secret bytes, GoOn go_on) = 0;
};

/// The way back for one request.
///
/// Call one of reply(), reply_in_part() and close(), once. A Responder that is destroyed unused closes, so that a fault in
/// between shows as "no answer" and never leaves the peer waiting.
/// Threads: may be moved to and used on any thread, by one at a time. The peer may be gone by then; the
/// answer is dropped.
class Responder {
 public:
  explicit Responder(std::shared_ptr<AnswerSink> sink) : sink_(std::move(sink)) {}
  Responder(Responder&&) noexcept = default;
  Responder& operator=(Responder&&) = delete;
  Responder(const Responder&) = delete;
  Responder& operator=(const Responder&) = delete;
  ~Responder() {
    if (sink_) close();
  }

  void reply(Secret bytes) { finish(std::move(bytes), false); }
  void reply(std::string_view bytes) { reply(Secret(bytes)); }
  void close() { finish(Secret(), true); }

  /// Sends the beginning of an answer that is too long to be held in memory. go_on is called on the network thread once the
  /// peer has taken it, with the way back for the rest; never, and destroyed, if the peer is gone or too slow. For protocols
  /// with one request in flight: answers to others would come in between.
  void reply_in_part(Secret bytes, AnswerSink::GoOn go_on) {
    if (const auto sink = std::exchange(sink_, nullptr))
      sink->answer_in_part(std::move(bytes), std::move(go_on));
  }

 private:
  void finish(Secret bytes, bool close_after) {
    if (const auto sink = std::exchange(sink_, nullptr)) sink->answer(std::move(bytes), close_after);
  }

  std::shared_ptr<AnswerSink> sink_;
};

/// What is spoken on a listener: how to find a request in a peer's bytes, and how to answer it.
///
/// Threads: called on the network thread only, which may be another one each time; members must not block. Work that waits
/// goes to Workers or Server::handover().
class Protocol {
 public:
  /// Bounds on each connection.
  struct Limits {
    std::size_t max_in_flight = 1;    ///< requests under way at once; further ones wait unread
    std::size_t own_connections = 0;  ///< apart from the server's max_connections; 0: among them
    bool one_request = false;         ///< the connection ends after its first answer
    std::chrono::seconds idle{0};     ///< between requests; 0 waits for ever
    std::chrono::seconds frame{10};   ///< from a request's first byte to its last
    std::chrono::seconds write{30};   ///< for the peer to take an answer
  };

  virtual ~Protocol() = default;

  [[nodiscard]] virtual std::string_view name() const = 0;
  [[nodiscard]] virtual Limits limits() const = 0;
  [[nodiscard]] virtual Frame split(std::string_view input) const = 0;

  /// What a peer that broke the protocol is sent before it is cut off; mostly nothing.
  [[nodiscard]] virtual std::string_view farewell() const { return {}; }

  /// payload is valid during the call only.
  virtual void serve(std::string_view payload, const Peer& peer, Responder responder) = 0;

  /// The connection is gone, and all its requests are answered: once for each, also where there was none. For protocols
  /// that remember a connection's earlier requests. Not called any more once Server::run() has returned.
  /// Threads: any, unlike the other members.
  virtual void ended(const Peer& peer) { (void)peer; }
};

}  // namespace extmail::net
