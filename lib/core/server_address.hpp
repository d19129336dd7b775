// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace extmail {

/// Where a server listens: `unix:/path` or `tcp:host:port`.
struct ServerAddress {
  std::string socket;  ///< unix socket path; empty for TCP
  std::string name;
  unsigned port = 0;

  [[nodiscard]] std::string text() const;

  bool operator==(const ServerAddress&) const = default;
};

/// Empty when text has neither form. `tcp:host` takes the default port; an IPv6 address stands in brackets.
[[nodiscard]] std::optional<ServerAddress> parse_server_address(std::string_view text, unsigned default_port);

}  // namespace extmail
