// SPDX-License-Identifier: MIT
#pragma once

#include "daemon/config_file.hpp"
#include "mysql/settings.hpp"

namespace extmail::daemon {

/// The keys of [database] that say how connections over TCP are encrypted. The files they name have to be there and
/// readable, and a private key the daemon's alone.
[[nodiscard]] mysql::Settings::Tls read_tls(ConfigFile::Table& database);

}  // namespace extmail::daemon
