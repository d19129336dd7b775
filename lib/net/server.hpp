// SPDX-License-Identifier: MIT
#pragma once

#include "core/log.hpp"
#include "net/protocol.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <sys/types.h>

namespace extmail::net {

/// A unix socket to listen on.
struct UnixListener {
  std::string path;
  std::optional<gid_t> group;  ///< the process must be a member of it, or root
  mode_t mode = 0660;
};

/// Accepts connections and drives their sessions on one thread, until SIGTERM or SIGINT.
///
/// Errors: std::runtime_error from listen(), with a text that says what to do. Trouble with a single
/// connection is logged and ends that connection only.
/// Limits: max_connections over all listeners; further ones are closed at once.
class Server {
 public:
  struct Settings {
    std::size_t max_connections = 4096;
    std::chrono::seconds stop_grace{5};  ///< for requests under way when told to stop
  };

  /// log must outlive the server.
  Server(Settings settings, Log& log);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Replaces a socket file that a dead process left; refuses one that a live process serves. The file
  /// appears with its final owner and mode. protocol must outlive the server.
  void listen(const UnixListener& listener, Protocol& protocol);

  /// Serves until told to stop; calls on_reload on SIGHUP. Requests under way are answered before it returns,
  /// as far as stop_grace allows, and the socket files are removed.
  void run(const std::function<void()>& on_reload);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace extmail::net
