// SPDX-License-Identifier: MIT
#pragma once

#include "core/log.hpp"

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

/// On SIGHUP: runs apply(), which reads the configuration again. If that throws, what served so far goes on
/// serving, and the reason is logged. What apply() leaves alone is listed in extmail.toml(5).
void reload(Log& log, const std::function<void()>& apply);

}  // namespace extmail::daemon
