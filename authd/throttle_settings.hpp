// SPDX-License-Identifier: MIT
#pragma once

#include "authd/login_throttle.hpp"
#include "daemon/config_file.hpp"

namespace extmail::authd {

/// [authd.throttle], all of whose keys have defaults; so has the table.
[[nodiscard]] LoginThrottle::Settings read_throttle(daemon::ConfigFile::Table& authd);

}  // namespace extmail::authd
