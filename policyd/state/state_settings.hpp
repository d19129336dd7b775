// SPDX-License-Identifier: MIT
#pragma once

#include "daemon/config_file.hpp"
#include "redis/settings.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace extmail::policyd {

/// Where policyd keeps what it remembers: `[policyd.state]`.
struct StateSettings {
  enum class Backend : std::uint8_t {
    Sqlite,  ///< in memory, with a copy in `file`
    Memory,  ///< in memory, until the daemon ends
    Redis,   ///< in a server that several hosts may share
  };
  Backend backend = Backend::Sqlite;
  std::string file = "/var/lib/extmail-policyd/state.sqlite";  ///< of Sqlite
  std::size_t max_bytes = std::size_t{64} << 20U;              ///< of memory, with Sqlite and Memory
  redis::Settings redis;
  std::string redis_prefix = "extmail:policyd:";  ///< of all keys in Redis

  bool operator==(const StateSettings&) const = default;
};

/// Reads `backend`, `file`, `max_mebibytes` and the table `redis`, with the password file that it names. A key that the chosen backend has no use for is complained about.
[[nodiscard]] StateSettings read_state(daemon::ConfigFile::Table& policyd);

}  // namespace extmail::policyd
