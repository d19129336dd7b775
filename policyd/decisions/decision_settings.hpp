// SPDX-License-Identifier: MIT
#pragma once

#include "daemon/config_file.hpp"

#include <chrono>

namespace extmail::policyd {

struct DecisionSettings {
  bool enabled = false;
  std::chrono::hours kept_for{30 * 24};
};

/// [policyd.decisions], all of whose keys have defaults; so has the table.
[[nodiscard]] DecisionSettings read_decisions(daemon::ConfigFile::Table& policyd);

}  // namespace extmail::policyd
