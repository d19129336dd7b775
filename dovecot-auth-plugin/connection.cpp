// SPDX-License-Identifier: MIT
#include "connection.hpp"

#include "dovecot.hpp"
#include "guard.hpp"
#include "wire/auth_protocol.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <sys/socket.h>
#include <sys/uio.h>

namespace extmail::dovecot {
namespace {

constexpr std::size_t kReadBytes = 16384;

// Few enough to live on the stack; a longer queue takes several writes.
constexpr std::size_t kMessagesPerWrite = 64;

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

Connection::Connection(int fd, Listener& listener) : fd_(fd), listener_(listener) {
  readable_ = io_add(fd_, IO_READ, on_readable, static_cast<void*>(this));
}

Connection::~Connection() {
  // The loop must forget a descriptor before it is closed, or it would watch whatever gets that number next.
  timeout_remove(&flush_);
  io_remove(&writable_);
  io_remove(&readable_);
  net_disconnect(fd_);
}

void Connection::send(Secret message) {
  output_.push_back(std::move(message));
  if (writable_ == nullptr && flush_ == nullptr) {
    flush_ = timeout_add_short(0, on_flush, static_cast<void*>(this));
  }
}

bool Connection::receive() {
  input_.erase(0, consumed_);
  consumed_ = 0;
  std::array<char, kReadBytes> chunk;
  const ssize_t received = net_receive(fd_, chunk.data(), chunk.size());
  if (received < 0) return false;
  input_.append(chunk.data(), static_cast<std::size_t>(received));
  return true;
}

Frame Connection::next() {
  const Frame message = wire::auth::split_message(std::string_view(input_).substr(consumed_));
  consumed_ += message.consumed;
  return message;
}

void Connection::on_readable(void* context) {
  guarded([&] { static_cast<Connection*>(context)->listener_.readable(); });
}

void Connection::on_flush(void* context) {
  guarded([&] { static_cast<Connection*>(context)->flush(); });
}

void Connection::flush() {
  timeout_remove(&flush_);
  while (!output_.empty()) {
    std::array<iovec, kMessagesPerWrite> parts{};
    std::size_t count = 0;
    std::size_t skip = sent_;
    for (const Secret& message : output_) {
      if (count == parts.size()) break;
      const std::string_view rest = message.view().substr(skip);
      parts[count++] = {const_cast<char*>(rest.data()), rest.size()};
      skip = 0;
    }
    msghdr header{};
    header.msg_iov = parts.data();
    header.msg_iovlen = count;
    const ssize_t sent = sendmsg(fd_, &header, MSG_NOSIGNAL);
    if (sent >= 0) {
      drop_sent(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      if (writable_ == nullptr) writable_ = io_add(fd_, IO_WRITE, on_flush, static_cast<void*>(this));
      return;
    } else if (errno != EINTR) {
      // The end of a connection is dealt with in one place: make reading see it, whatever the error was.
      shutdown(fd_, SHUT_RDWR);
      output_.clear();
      sent_ = 0;
    }
  }
  io_remove(&writable_);
}

void Connection::drop_sent(std::size_t bytes) {
  sent_ += bytes;
  while (!output_.empty() && sent_ >= output_.front().view().size()) {
    sent_ -= output_.front().view().size();
    output_.pop_front();
  }
}

}  // namespace extmail::dovecot
