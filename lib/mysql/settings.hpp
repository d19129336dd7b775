// SPDX-License-Identifier: MIT
#pragma once

#include "core/secret.hpp"
#include "core/server_address.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace extmail::mysql {

using Host = ServerAddress;

/// As parse_server_address(), with port 3306 for `tcp:host`.
[[nodiscard]] std::optional<Host> parse_host(std::string_view text);

struct Settings {
  /// Of connections over TCP; what goes through a unix socket leaves the host for nobody.
  struct Tls {
    enum class Mode : std::uint8_t {
      Off,
      Require,         ///< encrypted, but whoever answers is believed
      VerifyIdentity,  ///< and the server has a certificate for the name in hosts, from an authority in ca
    };
    Mode mode = Mode::Off;
    std::string ca;    ///< files in PEM, absolute; empty for none
    std::string cert;  ///< by which the server may know us, with its key
    std::string key;

    bool operator==(const Tls&) const = default;
  };

  std::vector<Host> hosts;  ///< the preferred one first
  Tls tls;
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
