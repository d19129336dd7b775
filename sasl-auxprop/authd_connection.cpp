// SPDX-License-Identifier: MIT
#include "authd_connection.hpp"

#include "core/frame.hpp"
#include "core/secret.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <limits>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace extmail::sasl {
namespace {

using wire::auth::Reply;
using wire::auth::Request;

/// What recv() fills before the bytes move into a Secret; a reply may carry a password.
struct WipedChunk {
  WipedChunk() = default;
  WipedChunk(const WipedChunk&) = delete;
  WipedChunk& operator=(const WipedChunk&) = delete;
  ~WipedChunk() { explicit_bzero(bytes.data(), bytes.size()); }

  std::array<char, 4096> bytes{};
};

std::string describe(int error) {
  return std::generic_category().message(error);
}

Answer<Reply> trouble(std::string reason) {
  return Answer<Reply>::temporary_failure(std::move(reason));
}

Answer<Reply> too_late() {
  return trouble("extmail-authd did not answer in time");
}

bool is_transient(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

std::chrono::microseconds time_left(Deadline deadline) {
  return std::chrono::ceil<std::chrono::microseconds>(deadline - std::chrono::steady_clock::now());
}

/// False when the deadline passed first. An error or a hang-up counts as ready: the next call on fd tells
/// which.
bool wait_for(int fd, short events, Deadline deadline) {
  pollfd wanted{fd, events, 0};
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(time_left(deadline)).count();
    if (left <= 0) return false;
    const int ready =
        ::poll(&wanted, 1, static_cast<int>(std::min<long long>(left, std::numeric_limits<int>::max())));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return true;
  }
}

/// 0, or the errno that says why not. ETIMEDOUT at the deadline.
int connect_by(int fd, const sockaddr_un& address, Deadline deadline) {
  while (true) {
    const auto left = time_left(deadline).count();
    if (left <= 0) return ETIMEDOUT;
    // While authd's queue of new connections is full, connect() waits, and SO_SNDTIMEO is the limit that it
    // heeds. A non-blocking socket would not wait at all but fail, and poll() can't tell when there is room.
    const timeval limit{static_cast<time_t>(left / 1'000'000), static_cast<suseconds_t>(left % 1'000'000)};
    if (::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0) return errno;
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return 0;
    if (!is_transient(errno)) return errno;
  }
}

}  // namespace

AuthdConnection::AuthdConnection(int fd) : fd_(fd), owner_(::getpid()) {}

AuthdConnection::~AuthdConnection() {
  ::close(fd_);
}

bool AuthdConnection::is_inherited() const {
  return owner_ != ::getpid();
}

Answer<std::unique_ptr<AuthdConnection>> AuthdConnection::open(const std::string& path, Deadline deadline) {
  using Opened = Answer<std::unique_ptr<AuthdConnection>>;
  const auto failed = [&](int error) {
    return Opened::temporary_failure("can't connect to extmail-authd at " + path + ": " + describe(error));
  };
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return failed(ENAMETOOLONG);
  std::memcpy(address.sun_path, path.data(), path.size());

  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return failed(errno);
  std::unique_ptr<AuthdConnection> connection(new AuthdConnection(fd));
  if (const int error = connect_by(fd, address, deadline); error != 0) return failed(error);

  Request hello;
  hello.verb = wire::auth::Verb::Hello;
  hello.host = "cyrus-sasl";
  const auto reply = connection->ask(hello, deadline);
  if (!reply.is_found()) return Opened::same_failure(reply);
  if (reply.value().status != wire::auth::Status::Ok) {
    return Opened::permanent_failure("extmail-authd refused us: " + reply.value().reason);
  }
  return Opened::found(std::move(connection));
}

Answer<Reply> AuthdConnection::ask(const Request& request, Deadline deadline) {
  dropped_ = false;
  const Secret message = wire::auth::encode(request);
  Secret received;
  const auto lost = [&](const std::string& how) {
    dropped_ = received.empty();
    return trouble("lost the connection to extmail-authd: " + how);
  };

  for (std::string_view unsent = message.view(); !unsent.empty();) {
    if (!wait_for(fd_, POLLOUT, deadline)) return too_late();
    const ssize_t sent = ::send(fd_, unsent.data(), unsent.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && !is_transient(errno)) return lost(describe(errno));
    if (sent > 0) unsent.remove_prefix(static_cast<std::size_t>(sent));
  }

  WipedChunk chunk;
  while (true) {
    const Frame frame = wire::auth::split_message(received.view());
    if (frame.state == Frame::State::Malformed) {
      return trouble("extmail-authd broke the protocol: " + std::string(frame.error));
    }
    if (frame.state == Frame::State::Complete) {
      auto reply = wire::auth::decode_reply(frame.payload);
      if (!reply || reply->tag != request.tag || frame.consumed != received.view().size()) {
        return trouble("extmail-authd broke the protocol: not the answer to our question");
      }
      return Answer<Reply>::found(std::move(*reply));
    }
    if (!wait_for(fd_, POLLIN, deadline)) return too_late();
    const ssize_t count = ::recv(fd_, chunk.bytes.data(), chunk.bytes.size(), MSG_DONTWAIT);
    if (count == 0) return lost("it was closed");
    if (count < 0 && !is_transient(errno)) return lost(describe(errno));
    if (count > 0) received.append({chunk.bytes.data(), static_cast<std::size_t>(count)});
  }
}

}  // namespace extmail::sasl
