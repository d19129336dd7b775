// SPDX-License-Identifier: MIT
#pragma once

#include "core/mail_rules.hpp"
#include "daemon/config_file.hpp"
#include "mysql/settings.hpp"
#include "net/server.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace extmail::daemon {

/// A `[[daemon.listen]]` table.
struct ListenSettings {
  std::string protocol;
  net::UnixListener listener;
};

[[nodiscard]] MailRules read_mail(ConfigFile& file);

/// [database], with the account and connection count of the daemon's own table. Reads the password file; one
/// that others may read is refused.
[[nodiscard]] mysql::Settings read_database(ConfigFile& file, ConfigFile::Table& daemon);

/// At least one listener; protocol is one of protocols.
[[nodiscard]] std::vector<ListenSettings> read_listeners(ConfigFile::Table& daemon,
                                                         const std::vector<std::string>& protocols);

[[nodiscard]] net::Server::Settings read_server(ConfigFile::Table& daemon);

/// Marks the other daemons' tables as known.
void ignore_other_daemons(ConfigFile& file, std::string_view own);

}  // namespace extmail::daemon
