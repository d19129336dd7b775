// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace extmail::bench {

/// Throws std::runtime_error, which says what failed and why, by errno.
[[noreturn]] void fail(const std::string& what);

/// A connection to a server on a unix socket. Whatever fails is a std::runtime_error.
class UnixSocket {
 public:
  explicit UnixSocket(const std::string& path);
  UnixSocket(UnixSocket&& other) noexcept;
  UnixSocket& operator=(UnixSocket&&) = delete;
  ~UnixSocket();

  [[nodiscard]] int fd() const { return fd_; }

  /// All of it.
  void send(std::string_view data) const;
  /// Adds what has come, and waits for something if nothing has; false when the server has closed.
  [[nodiscard]] bool receive(std::string& data) const;

 private:
  int fd_;
};

}  // namespace extmail::bench
