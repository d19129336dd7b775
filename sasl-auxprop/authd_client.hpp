// SPDX-License-Identifier: MIT
#pragma once

#include "authd_connection.hpp"
#include "core/outcome.hpp"
#include "wire/auth_protocol.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace extmail::sasl {

/// Asks extmail-authd, over a connection that the first question opens and the next ones use again.
///
/// Errors: as AuthdConnection. A kept connection that authd has closed since is replaced once, unnoticed.
/// Threads: ask() may be called concurrently. One connection is kept; a question that finds it taken opens
/// its own, so that no thread waits for another one's answer.
/// Processes: after fork() the child opens its own connection; the parent goes on with the one it had.
/// Limits: a question takes timeout at most, connecting and greeting included.
class AuthdClient {
 public:
  AuthdClient(std::string path, std::chrono::seconds timeout);
  AuthdClient(const AuthdClient&) = delete;
  AuthdClient& operator=(const AuthdClient&) = delete;
  ~AuthdClient();

  /// request must be one that may be asked twice; its tag is set here.
  [[nodiscard]] Answer<wire::auth::Reply> ask(wire::auth::Request request);

 private:
  std::unique_ptr<AuthdConnection> take_kept();
  void keep(std::unique_ptr<AuthdConnection> connection);

  const std::string path_;
  const std::chrono::seconds timeout_;
  std::atomic<std::uint64_t> last_tag_{0};

  // Owned; changes hands by exchange and not under a mutex, because one that another thread holds during
  // fork() would stay locked in the child for ever.
  std::atomic<AuthdConnection*> kept_{nullptr};
};

}  // namespace extmail::sasl
