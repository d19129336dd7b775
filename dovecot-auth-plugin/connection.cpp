// SPDX-License-Identifier: MIT
#include "connection.hpp"

#include "core/secret.hpp"
#include "dovecot.hpp"
#include "guard.hpp"
#include "wire/auth_protocol.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <sys/socket.h>

namespace extmail::dovecot {
namespace {

constexpr std::size_t kReadBytes = 16384;

// The longest message with its frame, and a read.
constexpr std::size_t kInputBytes = wire::auth::kMaxMessageBytes + 16 + kReadBytes;

// So many messages are worth a write, and extmail-authd has something to do while Dovecot reads on.
constexpr std::size_t kMostHeld = 8;

// A queue that the peer reads slower than it grows is moved to the front of its memory from this size on.
constexpr std::size_t kLongOutputBytes = 65536;

const char* advice_for(int error) {
  switch (error) {
    case ENOENT:
    case ECONNREFUSED:
      return "is extmail-authd running, and is this its auth socket?";
    case EACCES:
    case EPERM:
      return "the socket and its directory must be open to the user of Dovecot's auth service";
    case EAGAIN:
      return "extmail-authd does not accept connections; see its log";
    default:
      return "see the system's log";
  }
}

}  // namespace

Answer<std::unique_ptr<Connection>> Connection::open(const std::string& path, Listener& listener) {
  using Opened = Answer<std::unique_ptr<Connection>>;
  const int fd = net_connect_unix(path.c_str());
  if (fd == -1) {
    const int error = errno;
    return Opened::temporary_failure("connect(" + path + ") failed: " + std::strerror(error) + ": " +
                                     advice_for(error));
  }
  return Opened::found(std::make_unique<Connection>(fd, listener));
}

Connection::Connection(int fd, Listener& listener) : fd_(fd), listener_(listener), input_(kInputBytes) {
  readable_ = io_add(fd_, IO_READ, on_readable, static_cast<void*>(this));
}

Connection::~Connection() {
  // The loop must forget a descriptor before it is closed, or it would watch whatever gets that number next.
  timeout_remove(&flush_);
  io_remove(&writable_);
  io_remove(&readable_);
  net_disconnect(fd_);
  wipe(input_.data(), end_);
  wipe(output_.data(), output_.size());
}

void Connection::send(std::string_view message) {
  append_wiping(output_, message);
  if (++held_ >= kMostHeld && writable_ == nullptr) return flush();
  if (flush_ == nullptr && writable_ == nullptr) {
    flush_ = timeout_add_short(0, on_flush, static_cast<void*>(this));
  }
}

bool Connection::receive() {
  wipe_taken();
  if (begin_ > 0) {
    const std::size_t rest = end_ - begin_;
    std::memmove(input_.data(), input_.data() + begin_, rest);
    const std::size_t stale = std::max(rest, begin_);  // what lies before it is wiped, or was moved there
    wipe(input_.data() + stale, end_ - stale);
    begin_ = wiped_ = 0;
    end_ = rest;
  }
  const ssize_t received = recv(fd_, input_.data() + end_, input_.size() - end_, 0);
  if (received < 0) return errno == EAGAIN || errno == EINTR;
  end_ += static_cast<std::size_t>(received);
  return received > 0;
}

Frame Connection::next() {
  wipe_taken();
  const Frame message = wire::auth::split_message({input_.data() + begin_, end_ - begin_});
  begin_ += message.consumed;
  return message;
}

void Connection::wipe_taken() {
  wipe(input_.data() + wiped_, begin_ - wiped_);
  wiped_ = begin_;
}

void Connection::on_readable(void* context) {
  guarded([&] { static_cast<Connection*>(context)->listener_.readable(); });
}

void Connection::on_flush(void* context) {
  guarded([&] { static_cast<Connection*>(context)->flush(); });
}

void Connection::flush() {
  timeout_remove(&flush_);
  held_ = 0;
  while (sent_ < output_.size()) {
    const ssize_t sent = ::send(fd_, output_.data() + sent_, output_.size() - sent_, MSG_NOSIGNAL);
    if (sent >= 0) {
      drop_sent(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      if (writable_ == nullptr) writable_ = io_add(fd_, IO_WRITE, on_flush, static_cast<void*>(this));
      return;
    } else if (errno != EINTR) {
      // The end of a connection is dealt with in one place: make reading see it, whatever the error was.
      shutdown(fd_, SHUT_RDWR);
      drop_sent(output_.size() - sent_);
    }
  }
  io_remove(&writable_);
}

void Connection::drop_sent(std::size_t bytes) {
  sent_ += bytes;
  if (sent_ == output_.size()) {
    wipe(output_.data(), output_.size());
    output_.clear();
    sent_ = 0;
    if (output_.capacity() > kLongOutputBytes) output_.shrink_to_fit();
  } else if (sent_ > kLongOutputBytes && sent_ > output_.size() / 2) {
    std::string rest = output_.substr(sent_);
    wipe(output_.data(), output_.size());
    output_ = std::move(rest);
    sent_ = 0;
  }
}

}  // namespace extmail::dovecot
