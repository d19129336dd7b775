// SPDX-License-Identifier: MIT
#pragma once

#include "core/log.hpp"
#include "net/listener.hpp"

#include <optional>
#include <vector>

/// What systemd, or any service manager that speaks like it, and a daemon tell each other. Without one all of this does
/// nothing.
namespace extmail::net {

/// The listening sockets that the manager holds for this process (sd_listen_fds(3)). They stay open while the daemon is
/// restarted, so that no peer is ever refused.
class InheritedSockets {
 public:
  /// Once in a process: takes what the environment names. log must outlive this.
  explicit InheritedSockets(Log& log);

  /// The inherited socket that is bound to this path or address; the caller owns it. Empty if there is none.
  [[nodiscard]] std::optional<int> take(const Listener& listener);

  /// Logs and closes what nobody took: the unit and the configuration name different sockets.
  ~InheritedSockets();
  InheritedSockets(const InheritedSockets&) = delete;
  InheritedSockets& operator=(const InheritedSockets&) = delete;

 private:
  Log& log_;
  std::vector<int> sockets_;
};

void notify_ready();
void notify_reloading();
void notify_stopping();

/// To be called every second; tells the manager's watchdog, if there is one, that the daemon still turns.
void notify_alive();

}  // namespace extmail::net
