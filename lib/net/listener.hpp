// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <sys/types.h>

namespace extmail::net {

/// A unix socket to listen on.
struct UnixListener {
  std::string path;
  std::optional<gid_t> group;  ///< the process must be a member of it, or root
  mode_t mode = 0660;
};

/// A TCP port to listen on.
struct TcpListener {
  std::string address;  ///< numeric, IPv4 or IPv6 without brackets
  std::uint16_t port = 0;

  /// Whether only this host can reach it.
  [[nodiscard]] bool is_loopback() const;
};

using Listener = std::variant<UnixListener, TcpListener>;

/// Connections that may wait to be accepted: all of Postfix's processes connect at once when it starts.
inline constexpr int kBacklog = 4096;

/// Reads `127.0.0.1:10028` or `[::1]:10028`; empty when it is neither.
[[nodiscard]] std::optional<TcpListener> parse_tcp_listener(std::string_view text);

/// For logs: the path, or address and port as parse_tcp_listener() reads them.
[[nodiscard]] std::string describe(const Listener& listener);

}  // namespace extmail::net
