// SPDX-License-Identifier: MIT
#pragma once

#include "daemon/config_file.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace extmail::policyd {

/// Where policyd keeps what it remembers: `[policyd.state]`.
struct StateSettings {
  enum class Backend : std::uint8_t {
    Sqlite,  ///< in memory, with a copy in `file`
    Memory,  ///< in memory, until the daemon ends
  };
  Backend backend = Backend::Sqlite;
  std::string file = "/var/lib/extmail-policyd/state.sqlite";  ///< of Sqlite
  std::size_t max_bytes = std::size_t{64} << 20U;              ///< of memory, with Sqlite and Memory

  bool operator==(const StateSettings&) const = default;
};

/// Reads `backend`, `file` and `max_mebibytes`. A key that the chosen backend has no use for is complained about.
[[nodiscard]] StateSettings read_state(daemon::ConfigFile::Table& policyd);

}  // namespace extmail::policyd
