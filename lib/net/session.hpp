// SPDX-License-Identifier: MIT
#pragma once

#include "core/log.hpp"
#include "net/protocol.hpp"

#include <array>
#include <chrono>
#include <memory>
#include <string>

#include <asio.hpp>

namespace extmail::net {

/// One connection: reads requests, hands them to its protocol, writes the answers.
///
/// Ownership: kept alive by its own pending operations and by its Responders; closing ends it.
/// Threads: all on the network thread; Responders come back to it by themselves.
class Session final : public AnswerSink, public std::enable_shared_from_this<Session> {
 public:
  using Socket = asio::generic::stream_protocol::socket;
  using Time = std::chrono::steady_clock::time_point;

  Session(Socket socket, Protocol& protocol, Log& log);
  ~Session() override;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void start();

  void answer(Secret bytes, bool close_after) override;

  /// Takes no more from the peer; closes once all that it has sent before is answered.
  void finish();
  void close();

  [[nodiscard]] bool is_closed() const { return !socket_.is_open(); }

  /// Closes a session that waits for its peer longer than its protocol allows. Called once a second for all
  /// sessions: far cheaper than a timer for each request.
  void check_time(Time now);

 private:
  void read();
  void on_read(std::size_t bytes);
  void on_end();
  void serve_requests();
  void serve(std::string_view payload);
  void refuse(std::string_view error);
  [[nodiscard]] std::string describe_peer() const;
  void on_answer(const Secret& bytes, bool close_after);
  void write();
  [[nodiscard]] bool may_serve() const;
  void settle();

  Socket socket_;
  Protocol& protocol_;
  const Protocol::Limits limits_;
  Log& log_;
  Peer peer_;

  /// A page: hundreds of lookup keys, and yet small enough to have one for each of thousands of connections.
  std::array<char, 4096> received_;
  std::string input_;    // received, not yet served
  std::string outbox_;   // answers that wait for the write under way
  std::string writing_;  // the write under way
  std::size_t in_flight_ = 0;
  bool is_reading_ = false;
  bool wants_input_ =
      true;  // what is there holds no whole request; reading on before would let peers fill memory
  bool is_serving_ = false;
  bool is_finishing_ = false;
  bool peer_has_ended_ = false;  // it sends no more, but may still wait for answers
  Time waiting_since_;           // when the peer last owed us something new
};

}  // namespace extmail::net
