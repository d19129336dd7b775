// SPDX-License-Identifier: MIT
#pragma once

#include "core/log.hpp"
#include "net/protocol.hpp"
#include "net/session_ends.hpp"

#include <array>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>

#include <asio.hpp>

namespace extmail::net {

/// One connection: reads requests, hands them to its protocol, writes the answers.
///
/// Ownership: kept alive by its own pending operations and by its Responders; closing ends it.
/// Threads: requests are served on the network thread. An answer leaves on the thread that gives it, at once unless that
/// collects them (AnswerBatch): waiting for the network thread to send it would take longer than most answers.
class Session final : public AnswerSink, public std::enable_shared_from_this<Session> {
 public:
  using Socket = asio::generic::stream_protocol::socket;
  using Time = std::chrono::steady_clock::time_point;

  Session(Socket socket, Protocol& protocol, std::shared_ptr<SessionEnds> ends, Log& log);
  ~Session() override;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void start();

  void answer(Secret bytes, bool close_after) override;
  void answer_in_part(Secret bytes, GoOn go_on) override;
  /// What an AnswerBatch has held back.
  void send_answers();

  /// Takes no more from the peer; closes once all that it has sent before is answered.
  void finish();
  void close();

  [[nodiscard]] bool is_closed() const;

  /// Closes a session that waits for its peer longer than its protocol allows. Called once a second for all
  /// sessions: far cheaper than a timer for each request.
  void check_time(Time now);

 private:
  using Lock = std::unique_lock<std::mutex>;

  // All of these are called with the mutex held; those that take the lock let it go meanwhile.
  [[nodiscard]] bool is_open() const { return socket_.is_open() && !is_ending_; }
  void read();
  void write(Lock& lock);
  void await_writable();
  void settle();
  void ask_for_rest();
  void end();
  void drop_served(std::size_t bytes);
  void refuse(std::string_view error);
  void serve_requests(Lock& lock);
  void serve(std::string_view payload, Lock& lock);
  [[nodiscard]] bool may_serve() const;
  [[nodiscard]] std::string describe_peer() const;

  Protocol& protocol_;
  const std::shared_ptr<SessionEnds> ends_;
  const Protocol::Limits limits_;
  Log& log_;
  Peer peer_;

  mutable std::mutex
      mutex_;  // guards all below; not held while the protocol serves or the socket takes bytes
  Socket socket_;
  /// A page: hundreds of lookup keys, and yet small enough to have one for each of thousands of connections.
  std::array<char, 4096> received_;
  std::string input_;             // received, not yet served; changed by the network thread only
  std::string outbox_;            // answers, not yet taken by the peer
  std::size_t held_answers_ = 0;  // of those, held back by an AnswerBatch
  std::string writing_;           // what the socket is just given; its writer's alone while is_writing_
  GoOn go_on_;                    // brings the rest of an answer that was given in part
  std::size_t in_flight_ = 0;
  bool is_reading_ = false;
  bool is_writing_ = false;
  bool is_ending_ = false;
  bool is_blocked_ = false;  // until the peer takes what was written
  /// What is there holds no whole request. Else reading on, beyond one page, would let peers fill memory.
  bool wants_input_ = true;
  bool is_serving_ = false;
  bool is_finishing_ = false;
  bool peer_has_ended_ = false;  // it sends no more, but may still wait for answers
  Time waiting_since_;           // when the peer last owed us something new
};

}  // namespace extmail::net
