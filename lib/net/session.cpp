// SPDX-License-Identifier: MIT
#include "net/session.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <sys/socket.h>

namespace extmail::net {
namespace {

/// A peer that doesn't take its answers gets no further ones made.
constexpr std::size_t kMaxOutboxBytes = 1 << 20;

Peer identify(Session::Socket& socket) {
  ucred credentials{};
  socklen_t length = sizeof credentials;
  if (getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) {
    return {static_cast<uid_t>(-1), 0};
  }
  return {credentials.uid, credentials.pid};
}

}  // namespace

Session::Session(Socket socket, Protocol& protocol, Log& log)
    : socket_(std::move(socket)),
      protocol_(protocol),
      limits_(protocol.limits()),
      log_(log),
      peer_(identify(socket_)),
      waiting_since_(std::chrono::steady_clock::now()) {}

std::string Session::describe_peer() const {
  asio::error_code error;
  const auto remote = socket_.remote_endpoint(error);
  const int family = error ? AF_UNSPEC : remote.protocol().family();
  if (family != AF_INET && family != AF_INET6)
    return "pid " + std::to_string(peer_.pid) + " uid " + std::to_string(peer_.uid);
  asio::ip::tcp::endpoint address;
  std::memcpy(address.data(), remote.data(), std::min(remote.size(), address.capacity()));
  return address.address().to_string() + " port " + std::to_string(address.port());
}

Session::~Session() {
  wipe(input_);
  wipe(outbox_);
  wipe(writing_);
}

void Session::start() {
  read();
}

void Session::finish() {
  // What is on its way is still read, up to the end that this makes; a peer that writes later sees that it failed.
  asio::error_code ignored;
  socket_.shutdown(Socket::shutdown_receive, ignored);
}

void Session::close() {
  asio::error_code ignored;
  socket_.close(ignored);
}

void Session::read() {
  if (is_reading_ || is_closed()) return;
  is_reading_ = true;
  wants_input_ = false;
  socket_.async_read_some(asio::buffer(received_),
                          [self = shared_from_this()](asio::error_code error, std::size_t bytes) {
                            self->is_reading_ = false;
                            if (error) return self->on_end();
                            self->on_read(bytes);
                          });
}

void Session::on_read(std::size_t bytes) {
  if (input_.empty()) waiting_since_ = std::chrono::steady_clock::now();
  append_wiping(input_, {received_.data(), bytes});
  wipe(received_.data(), bytes);
  serve_requests();
}

void Session::on_end() {
  peer_has_ended_ = true;
  settle();
}

bool Session::may_serve() const {
  return !is_finishing_ && in_flight_ < limits_.max_in_flight && outbox_.size() < kMaxOutboxBytes &&
         !is_closed();
}

void Session::serve_requests() {
  std::size_t served = 0;
  is_serving_ = true;
  while (may_serve()) {
    const Frame frame = protocol_.split(std::string_view(input_).substr(served));
    wants_input_ = frame.state == Frame::State::Incomplete;
    if (wants_input_) break;
    if (frame.state == Frame::State::Malformed) {
      refuse(frame.error);
      break;
    }
    served += frame.consumed;
    serve(frame.payload);
  }
  is_serving_ = false;
  // What was served may have been a password.
  wipe(input_.data(), served);
  input_.erase(0, served);
  write();
}

void Session::refuse(std::string_view error) {
  log_.write(
      Level::Warning, "protocol_error",
      std::string(protocol_.name()) + " peer " + describe_peer() + ": " + std::string(error) + "; closing");
  is_finishing_ = true;
  append_wiping(outbox_, protocol_.farewell());
}

void Session::serve(std::string_view payload) {
  ++in_flight_;
  if (limits_.one_request) is_finishing_ = true;
  protocol_.serve(payload, peer_, Responder(shared_from_this()));
}

void Session::answer(Secret bytes, bool close_after) {
  asio::dispatch(socket_.get_executor(), [self = shared_from_this(), bytes = std::move(bytes), close_after] {
    self->on_answer(bytes, close_after);
  });
}

void Session::on_answer(const Secret& bytes, bool close_after) {
  --in_flight_;
  waiting_since_ = std::chrono::steady_clock::now();
  append_wiping(outbox_, bytes.view());
  if (close_after) is_finishing_ = true;
  // Answers given at once, while requests are being served, leave together.
  if (!is_serving_) write();
}

void Session::write() {
  if (is_closed() || !writing_.empty()) return;
  if (outbox_.empty()) return settle();
  writing_.swap(outbox_);
  asio::async_write(socket_, asio::buffer(writing_),
                    [self = shared_from_this()](asio::error_code error, std::size_t) {
                      wipe(self->writing_);
                      if (error) return self->close();
                      self->serve_requests();
                    });
  settle();
}

void Session::settle() {
  if (is_closed()) return;
  const bool all_answered = in_flight_ == 0 && writing_.empty() && outbox_.empty();
  if ((is_finishing_ || peer_has_ended_) && all_answered) return close();
  if (wants_input_ && !peer_has_ended_ && may_serve()) read();
}

void Session::check_time(Time now) {
  const auto waited = now - waiting_since_;
  const auto complain = [&](std::string_view what) {
    log_.write(
        Level::Warning, "peer_too_slow",
        std::string(protocol_.name()) + " peer " + describe_peer() + ' ' + std::string(what) + "; closing");
    close();
  };
  if (is_closed()) return;
  if (!writing_.empty()) {
    if (waited > limits_.write) complain("does not take its answer");
  } else if (in_flight_ > 0) {
    return;  // it waits for us; the work has a deadline of its own
  } else if (!input_.empty() && !is_finishing_) {
    if (waited > limits_.frame) complain("does not finish its request");
  } else if (limits_.idle.count() > 0 && waited > limits_.idle) {
    close();
  }
}

}  // namespace extmail::net
