// SPDX-License-Identifier: MIT
#include "ctl/settings.hpp"

#include "daemon/config_file.hpp"
#include "daemon/shared_settings.hpp"

#include <chrono>

namespace extmail::ctl {
namespace {

/// Nobody waits for an answer but the administrator, who may ask for what takes a while: a table altered, say.
constexpr std::chrono::hours kStatementTimeout{1};

}  // namespace

Settings read_settings(const std::string& config) {
  daemon::ConfigFile file(config);
  daemon::ignore_other_programs(file, "ctl");
  auto own = file.table("ctl");
  Settings settings;
  settings.mail = daemon::read_mail(file);
  // As the client of MariaDB: its server knows root by the unix socket.
  settings.database = daemon::read_database(file, own, {.user = "root", .password_file = ""});
  settings.database.read_timeout = kStatementTimeout;
  file.finish();
  return settings;
}

}  // namespace extmail::ctl
