// SPDX-License-Identifier: MIT
#pragma once

#include "core/handover.hpp"
#include "core/log.hpp"
#include "net/listener.hpp"
#include "net/protocol.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace extmail::net {

/// Accepts connections and drives their sessions, on one thread at a time, until SIGTERM or SIGINT.
///
/// Errors: std::runtime_error from listen(), with a text that says what to do. Trouble with a single
/// connection is logged and ends that connection only.
/// Limits: max_connections over all listeners, but those whose protocol has a limit of its own; further ones are closed
/// at once.
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

  /// Takes over the socket that the service manager holds for this listener, if it does. Else makes it: a unix socket
  /// appears with its final owner and mode, replaces a file that a dead process left, and is refused where a live process
  /// serves. protocol must outlive run().
  void listen(const Listener& listener, Protocol& protocol);

  /// Serves until told to stop; calls on_reload on SIGHUP. Tells the service manager when it is ready, reloads and stops.
  ///
  /// Requests that peers have sent before it was told to stop are answered before it returns, as far as stop_grace allows.
  /// Socket files that it made are removed.
  void run(const std::function<void()>& on_reload);

  /// For work that a Protocol finds to do and that blocks. Lives as long as the server.
  [[nodiscard]] Handover& handover();

  struct Statistics {
    std::size_t open = 0;
    std::size_t max = 0;
    std::uint64_t accepted = 0;
    std::uint64_t refused = 0;  ///< closed at once, because max were open
  };
  /// Of the connections that max_connections is for. Any thread may ask.
  [[nodiscard]] Statistics statistics() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace extmail::net
