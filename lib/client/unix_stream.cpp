// SPDX-License-Identifier: MIT
#include "client/unix_stream.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <limits>
#include <utility>

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace extmail::client {
namespace {

/// What recv() fills before the bytes move into a Secret: an answer may carry a password.
struct WipedChunk {
  WipedChunk() = default;
  WipedChunk(const WipedChunk&) = delete;
  WipedChunk& operator=(const WipedChunk&) = delete;
  ~WipedChunk() { wipe(bytes.data(), bytes.size()); }

  std::array<char, 4096> bytes{};
};

std::error_code error_of(int number) {
  return {number, std::generic_category()};
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
    // While the listener's queue of new connections is full, connect() waits, and SO_SNDTIMEO is the limit that it
    // heeds. A non-blocking socket would not wait at all but fail, and poll() can't tell when there is room.
    const timeval limit{static_cast<time_t>(left / 1'000'000), static_cast<suseconds_t>(left % 1'000'000)};
    if (::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0) return errno;
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return 0;
    if (!is_transient(errno)) return errno;
  }
}

}  // namespace

UnixStream::UnixStream(UnixStream&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

UnixStream::~UnixStream() {
  if (fd_ >= 0) ::close(fd_);
}

Answer<UnixStream> UnixStream::connect(const std::string& path, Deadline deadline) {
  const auto failed = [](int number) {
    return Answer<UnixStream>::temporary_failure(error_of(number).message());
  };
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return failed(ENAMETOOLONG);
  std::memcpy(address.sun_path, path.data(), path.size());

  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return failed(errno);
  UnixStream stream(fd);
  if (const int error = connect_by(fd, address, deadline); error != 0) return failed(error);
  return Answer<UnixStream>::found(std::move(stream));
}

std::error_code UnixStream::send(std::string_view data, Deadline deadline) {
  while (!data.empty()) {
    const ssize_t sent = ::send(fd_, data.data(), data.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && !is_transient(errno)) return error_of(errno);
    if (sent > 0) data.remove_prefix(static_cast<std::size_t>(sent));
    if (!data.empty() && !wait_for(fd_, POLLOUT, deadline)) return error_of(ETIMEDOUT);
  }
  return {};
}

UnixStream::Received UnixStream::receive(Secret& data, Deadline deadline) {
  WipedChunk chunk;
  while (true) {
    if (!wait_for(fd_, POLLIN, deadline)) return {error_of(ETIMEDOUT), 0};
    const ssize_t count = ::recv(fd_, chunk.bytes.data(), chunk.bytes.size(), MSG_DONTWAIT);
    if (count < 0 && is_transient(errno)) continue;
    if (count < 0) return {error_of(errno), 0};
    data.append({chunk.bytes.data(), static_cast<std::size_t>(count)});
    return {{}, static_cast<std::size_t>(count)};
  }
}

}  // namespace extmail::client
