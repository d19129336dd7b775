// SPDX-License-Identifier: MIT
#pragma once

#include "core/log.hpp"
#include "daemon/config_file.hpp"

#include <functional>
#include <string>

namespace extmail::daemon {

/// What makes one daemon differ from the next.
struct Program {
  std::string name;         ///< "extmail-mapd"
  std::string description;  ///< one sentence for --help

  /// Reads and checks the file and throws ConfigError, or returns what serves until told to stop.
  std::function<std::function<void()>(const std::string& config_path, Log& log)> prepare;
};

/// The main() of every daemon: --config, --check-config, --verbose, --help, --version; runs in the
/// foreground.
///
/// Returns the exit code: 0 stopped as told, 1 could not serve (a socket is taken, …), 2 wrong usage, 78
/// (EX_CONFIG) wrong configuration. The reason is logged.
int run_main(int argc, char** argv, const Program& program);

/// On SIGHUP: runs apply(), which reads the configuration again and says what it could not apply; running is what the daemon
/// was started with, and keys that differ are logged. If apply() throws, what served so far goes on serving, and the reason
/// is logged.
void reload(Log& log, const FixedKeys& running, const std::function<FixedKeys()>& apply);

}  // namespace extmail::daemon
