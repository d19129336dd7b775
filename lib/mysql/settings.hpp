// SPDX-License-Identifier: MIT
#pragma once

#include "core/secret.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace extmail::mysql {

/// Where a server listens: `unix:/path` or `tcp:host:port`.
struct Host {
  std::string socket;  ///< unix socket path; empty for TCP
  std::string name;
  unsigned port = 0;

  [[nodiscard]] std::string text() const;

  bool operator==(const Host&) const = default;
};

/// Empty when text has neither form. `tcp:host` takes port 3306; an IPv6 address stands in brackets.
[[nodiscard]] std::optional<Host> parse_host(std::string_view text);

struct Settings {
  std::vector<Host> hosts;  ///< tried in this order
  std::string database = "extmail";
  std::string user;
  Secret password;
  std::size_t connections = 4;  ///< as many queries run at once
  std::chrono::seconds connect_timeout{2};
  std::chrono::seconds read_timeout{5};
  /// After a failed connect, requests fail at once for this long instead of each waiting for its own connect.
  std::chrono::milliseconds back_off{500};

  bool operator==(const Settings&) const = default;
};

}  // namespace extmail::mysql
