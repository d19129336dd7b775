// SPDX-License-Identifier: MIT
#pragma once

#include "core/secret.hpp"
#include "core/server_address.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace extmail::redis {

/// Where a Redis server is, and as whom to speak to it. There is no TLS (Debian 12 has no hiredis_ssl): beyond this host
/// the way to it has to be a private one.
struct Settings {
  ServerAddress server;
  std::string user;  ///< empty: Redis' default user
  Secret password;   ///< empty: none is sent
  std::uint32_t database = 0;
  std::chrono::milliseconds timeout{500};  ///< of a command, and of a connection until it can be used

  bool operator==(const Settings&) const = default;
};

}  // namespace extmail::redis
