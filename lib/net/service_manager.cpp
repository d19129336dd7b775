// SPDX-License-Identifier: MIT
#include "net/service_manager.hpp"

#include <algorithm>
#include <chrono>
#include <string>

#include <asio.hpp>
#include <fcntl.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

namespace extmail::net {
namespace {

bool is_bound_to(int socket, const UnixListener& listener) {
  return sd_is_socket_unix(socket, SOCK_STREAM, 1, listener.path.c_str(), 0) > 0;
}

bool is_bound_to(int socket, const TcpListener& listener) {
  const asio::ip::tcp::endpoint endpoint(asio::ip::make_address(listener.address), listener.port);
  return sd_is_socket_sockaddr(socket, SOCK_STREAM, endpoint.data(), static_cast<unsigned>(endpoint.size()),
                               1) > 0;
}

}  // namespace

InheritedSockets::InheritedSockets(Log& log) : log_(log) {
  const int count = sd_listen_fds(1);
  for (int i = 0; i < count; ++i)
    sockets_.push_back(SD_LISTEN_FDS_START + i);
}

std::optional<int> InheritedSockets::take(const Listener& listener) {
  const auto it = std::find_if(sockets_.begin(), sockets_.end(), [&](int socket) {
    return std::visit([&](const auto& kind) { return is_bound_to(socket, kind); }, listener);
  });
  if (it == sockets_.end()) return std::nullopt;
  const int socket = *it;
  sockets_.erase(it);
  (void)::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) | O_NONBLOCK);
  return socket;
}

InheritedSockets::~InheritedSockets() {
  if (sockets_.empty()) return;
  log_.write(
      Level::Warning, "unused_socket",
      std::to_string(sockets_.size()) +
          " socket(s) handed over by the service manager match no listener; compare ListenStream= with the "
          "listen tables");
  for (const int socket : sockets_)
    ::close(socket);
}

void notify_ready() {
  (void)sd_notify(0, "READY=1");
}

void notify_reloading() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  (void)sd_notify(0, ("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds)).c_str());
}

void notify_stopping() {
  (void)sd_notify(0, "STOPPING=1");
}

void notify_alive() {
  static const bool is_watched = sd_watchdog_enabled(0, nullptr) > 0;
  if (is_watched) (void)sd_notify(0, "WATCHDOG=1");
}

}  // namespace extmail::net
