// SPDX-License-Identifier: MIT
#include "daemon/main.hpp"

#include "daemon/config_file.hpp"
#include "daemon/stderr_log.hpp"

#include <csignal>
#include <exception>
#include <iostream>
#include <sstream>

#include <CLI/CLI.hpp>
#include <sys/resource.h>
#include <sysexits.h>

namespace extmail::daemon {
namespace {

constexpr int kWrongUsage = 2;

void log_lines(Log& log, std::string_view event, const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    log.write(Level::Error, event, line);
}

/// Each connection is an open file, and the usual limit of 1024 is made for programs that use select(2).
void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)setrlimit(RLIMIT_NOFILE, &limit);
}

/// Both of one program, which asks for the same keys each time, but for those of tables that are there or not.
std::string join_differences(const FixedKeys& running, const FixedKeys& fresh) {
  FixedKeys all = running;
  all.insert(fresh.begin(), fresh.end());
  const auto text = [](const FixedKeys& keys, const std::string& key) {
    const auto found = keys.find(key);
    return found == keys.end() ? std::string() : found->second;
  };
  std::string joined;
  for (const auto& [key, unused] : all) {
    if (text(running, key) != text(fresh, key)) joined += (joined.empty() ? "" : ", ") + key;
  }
  return joined;
}

}  // namespace

void reload(Log& log, const FixedKeys& running, const std::function<FixedKeys()>& apply) {
  try {
    const std::string left = join_differences(running, apply());
    log.write(Level::Notice, "reloaded",
              left.empty()
                  ? "the configuration was read again"
                  : "the configuration was read again; what has changed here needs a restart: " + left);
  } catch (const std::exception& error) {
    log_lines(log, "config_error", error.what());
    log.write(Level::Error, "reload_failed", "going on with the configuration from before");
  }
}

int run_main(int argc, char** argv, const Program& program) {
  CLI::App app(program.description, program.name);
  std::string config = kDefaultConfigFile;
  bool check_only = false;
  bool verbose = false;
  app.add_option("-c,--config", config, "Configuration file")->capture_default_str();
  app.add_flag("--check-config", check_only, "Check the configuration file and exit");
  app.add_flag("-v,--verbose", verbose, "Log debug events too");
  app.set_version_flag("--version", program.name + " " EXTMAIL_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kWrongUsage;
  }

  // A log whose reader went away is no reason to stop serving.
  (void)std::signal(SIGPIPE, SIG_IGN);
  raise_file_limit();
  StderrLog log(verbose);
  try {
    const std::function<void()> serve = program.prepare(config, log);
    if (check_only) {
      std::cout << config << ": OK\n";
      return EXIT_SUCCESS;
    }
    serve();
    log.write(Level::Info, "stopped", program.name + " has stopped");
    return EXIT_SUCCESS;
  } catch (const ConfigError& error) {
    log_lines(log, "config_error", error.what());
    return EX_CONFIG;
  } catch (const std::exception& error) {
    log_lines(log, "cannot_serve", error.what());
    return EXIT_FAILURE;
  }
}

}  // namespace extmail::daemon
