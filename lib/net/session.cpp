// SPDX-License-Identifier: MIT
#include "net/session.hpp"

#include "net/answer_batch.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include <sys/socket.h>

namespace extmail::net {
namespace {

/// A peer that doesn't take its answers gets no further ones made.
constexpr std::size_t kMaxOutboxBytes = 1 << 20;

Peer identify(Session::Socket& socket) {
  static std::atomic<std::uint64_t> connections{0};
  const std::uint64_t connection = ++connections;
  ucred credentials{};
  socklen_t length = sizeof credentials;
  if (getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) {
    return {static_cast<uid_t>(-1), 0, connection};
  }
  return {credentials.uid, credentials.pid, connection};
}

}  // namespace

Session::Session(Socket socket, Protocol& protocol, std::shared_ptr<SessionEnds> ends, Log& log)
    : protocol_(protocol),
      ends_(std::move(ends)),
      limits_(protocol.limits()),
      log_(log),
      peer_(identify(socket)),
      socket_(std::move(socket)),
      waiting_since_(std::chrono::steady_clock::now()) {
  asio::error_code ignored;
  socket_.non_blocking(true, ignored);
}

Session::~Session() {
  ends_->tell(protocol_, peer_);
  wipe(input_);
  wipe(outbox_);
  wipe(writing_);
}

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

void Session::start() {
  const Lock lock(mutex_);
  read();
}

void Session::finish() {
  // What is on its way is still read, up to the end that this makes; a peer that writes later sees that it failed.
  const Lock lock(mutex_);
  asio::error_code ignored;
  socket_.shutdown(Socket::shutdown_receive, ignored);
}

void Session::close() {
  const Lock lock(mutex_);
  end();
}

void Session::end() {
  is_ending_ = true;
  go_on_ = nullptr;
  if (is_writing_) return;  // who writes still has the descriptor, and ends it then
  asio::error_code ignored;
  socket_.close(ignored);
}

bool Session::is_closed() const {
  const Lock lock(mutex_);
  return !is_open();
}

void Session::read() {
  if (is_reading_ || !is_open()) return;
  is_reading_ = true;
  wants_input_ = false;
  socket_.async_read_some(asio::buffer(received_),
                          [self = shared_from_this()](asio::error_code error, std::size_t bytes) {
                            Lock lock(self->mutex_);
                            self->is_reading_ = false;
                            if (error) {
                              self->peer_has_ended_ = true;
                              return self->settle();
                            }
                            self->wants_input_ = false;
                            if (self->input_.empty()) self->waiting_since_ = std::chrono::steady_clock::now();
                            append_wiping(self->input_, {self->received_.data(), bytes});
                            wipe(self->received_.data(), bytes);
                            self->serve_requests(lock);
                          });
}

bool Session::may_serve() const {
  return !is_finishing_ && in_flight_ < limits_.max_in_flight && outbox_.size() < kMaxOutboxBytes &&
         is_open();
}

void Session::serve_requests(Lock& lock) {
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
    serve(frame.payload, lock);
  }
  is_serving_ = false;
  drop_served(served);
  auto* batch = AnswerBatch::current();
  if (batch == nullptr || outbox_.empty()) return write(lock);
  lock.unlock();
  batch->add(shared_from_this());
}

/// What was served may have been a password, and so may what comes behind it, which moves to the front.
void Session::drop_served(std::size_t bytes) {
  const std::size_t all = input_.size();
  wipe(input_.data(), bytes);
  if (bytes == all) return input_.clear();
  input_.erase(0, bytes);
  const std::size_t rest = input_.size();
  input_.resize(all);
  wipe(input_.data() + rest, all - rest);
  input_.resize(rest);
}

void Session::refuse(std::string_view error) {
  log_.write(
      Level::Warning, "protocol_error",
      std::string(protocol_.name()) + " peer " + describe_peer() + ": " + std::string(error) + "; closing");
  is_finishing_ = true;
  append_wiping(outbox_, protocol_.farewell());
}

void Session::serve(std::string_view payload, Lock& lock) {
  ++in_flight_;
  if (limits_.one_request) is_finishing_ = true;
  lock.unlock();
  protocol_.serve(payload, peer_, Responder(shared_from_this()));
  lock.lock();
}

void Session::answer(Secret bytes, bool close_after) {
  Lock lock(mutex_);
  --in_flight_;
  waiting_since_ = std::chrono::steady_clock::now();
  append_wiping(outbox_, bytes.view());
  if (close_after) is_finishing_ = true;
  // Answers given at once, while requests are being served, leave together.
  if (is_serving_) return;
  auto* batch = AnswerBatch::current();
  if (batch != nullptr && !close_after && ++held_answers_ < AnswerBatch::kMost) {
    lock.unlock();
    return batch->add(shared_from_this());
  }
  write(lock);
}

void Session::answer_in_part(Secret bytes, GoOn go_on) {
  Lock lock(mutex_);
  if (!is_open()) return;
  waiting_since_ = std::chrono::steady_clock::now();
  append_wiping(outbox_, bytes.view());
  go_on_ = std::move(go_on);
  if (!is_serving_) write(lock);
}

/// Not before what is there has left: that bounds what an answer holds in memory.
void Session::ask_for_rest() {
  if (go_on_ == nullptr || !outbox_.empty() || is_writing_) return;
  asio::post(socket_.get_executor(),
             [self = shared_from_this(), go_on = std::exchange(go_on_, nullptr)] { go_on(Responder(self)); });
}

void Session::send_answers() {
  Lock lock(mutex_);
  if (!is_serving_) write(lock);
}

void Session::write(Lock& lock) {
  held_answers_ = 0;
  while (!outbox_.empty() && is_open() && !is_blocked_ && !is_writing_) {
    is_writing_ = true;
    writing_.swap(outbox_);
    const int socket = socket_.native_handle();
    lock.unlock();
    // The peer that this wakes may send its next request before it returns: that must not have to wait for the mutex.
    const ssize_t sent = ::send(socket, writing_.data(), writing_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    const bool has_failed = sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR;
    lock.lock();
    is_writing_ = false;
    const std::size_t taken = sent < 0 ? 0 : static_cast<std::size_t>(sent);
    const bool is_whole = taken == writing_.size();
    if (!is_whole) {
      // In this order what has to move is wiped where it was.
      writing_.erase(0, taken);
      append_wiping(writing_, outbox_);
      writing_.swap(outbox_);
    }
    wipe(writing_);
    if (has_failed || is_ending_) return end();
    if (!is_whole) return await_writable();
  }
  settle();
}

void Session::await_writable() {
  is_blocked_ = true;
  socket_.async_wait(Socket::wait_write, [self = shared_from_this()](asio::error_code error) {
    Lock lock(self->mutex_);
    self->is_blocked_ = false;
    if (error) return self->end();
    self->write(lock);
  });
}

void Session::settle() {
  if (!is_open() || is_serving_) return;
  ask_for_rest();
  const bool all_answered = in_flight_ == 0 && outbox_.empty() && !is_writing_;
  if ((is_finishing_ || peer_has_ended_) && all_answered) return end();
  if (wants_input_ || input_.empty()) {
    // Also while an answer is owed: whoever gives it then has no more to do than to send it.
    if (!is_finishing_ && !peer_has_ended_ && outbox_.size() < kMaxOutboxBytes) read();
  } else if (may_serve()) {
    // A request waits for the place that has just come free, and is the network thread's to serve.
    asio::post(socket_.get_executor(), [self = shared_from_this()] {
      Lock lock(self->mutex_);
      if (!self->is_serving_) self->serve_requests(lock);
    });
  }
}

void Session::check_time(Time now) {
  const Lock lock(mutex_);
  const auto waited = now - waiting_since_;
  const auto complain = [&](std::string_view what) {
    log_.write(
        Level::Warning, "peer_too_slow",
        std::string(protocol_.name()) + " peer " + describe_peer() + ' ' + std::string(what) + "; closing");
    end();
  };
  if (!is_open()) return;
  if (is_blocked_) {
    if (waited > limits_.write) complain("does not take its answer");
  } else if (in_flight_ > 0) {
    return;  // it waits for us; the work has a deadline of its own
  } else if (!input_.empty() && !is_finishing_) {
    if (waited > limits_.frame) complain("does not finish its request");
  } else if (limits_.idle.count() > 0 && waited > limits_.idle) {
    end();
  }
}

}  // namespace extmail::net
