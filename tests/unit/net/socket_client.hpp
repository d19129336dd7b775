// SPDX-License-Identifier: MIT
#pragma once

#include "net/listener.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace extmail::tests {

inline sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// A port that nobody had a moment ago.
inline std::uint16_t free_port() {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  REQUIRE(bind(descriptor, reinterpret_cast<const sockaddr*>(&address), length) == 0);
  REQUIRE(getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length) == 0);
  ::close(descriptor);
  return ntohs(address.sin_port);
}

/// A connection to a server; whatever fails fails the test.
class Client {
 public:
  explicit Client(const std::string& path) : descriptor_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    REQUIRE(connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  explicit Client(const net::TcpListener& port)
      : descriptor_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const sockaddr_in address = loopback(port.port);
    REQUIRE(connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  ~Client() { ::close(descriptor_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void send(const std::string& text) const {
    REQUIRE(::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
  }
  /// What arrives until so many bytes are there or the server closes; a test that hangs fails after 20 s.
  [[nodiscard]] std::string receive(std::size_t bytes) const {
    std::string text;
    while (text.size() < bytes) {
      pollfd waiting{descriptor_, POLLIN, 0};
      REQUIRE(poll(&waiting, 1, 20000) == 1);
      char buffer[4096];
      const ssize_t length = recv(descriptor_, buffer, std::min(sizeof buffer, bytes - text.size()), 0);
      if (length <= 0) break;
      text.append(buffer, static_cast<std::size_t>(length));
    }
    return text;
  }
  void stop_sending() const { REQUIRE(shutdown(descriptor_, SHUT_WR) == 0); }
  [[nodiscard]] bool is_closed_by_peer() const { return receive(1).empty(); }

 private:
  int descriptor_;
};

}  // namespace extmail::tests
