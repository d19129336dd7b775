// SPDX-License-Identifier: MIT
#pragma once

#include "core/mail_rules.hpp"
#include "core/secret.hpp"
#include "daemon/config_file.hpp"
#include "mysql/settings.hpp"
#include "net/server.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace extmail::daemon {

/// A `[[daemon.listen]]` table.
struct ListenSettings {
  std::string protocol;
  net::Listener listener;
  std::string map;  ///< of a protocol that serves one map only
};

/// What may be spoken on a listener.
struct ListenProtocol {
  std::string name;
  bool over_tcp = false;  ///< else on unix sockets only, where peers can be told by their user
  bool of_one_map = false;
};

/// The first line of a file; one that others may read is refused. An empty path is no password.
[[nodiscard]] Secret read_password(ConfigFile::Table& table, std::string_view key, const std::string& path);

[[nodiscard]] MailRules read_mail(ConfigFile& file);

/// [database], with the account and connection count of the daemon's own table. Reads the password file; one
/// that others may read is refused.
[[nodiscard]] mysql::Settings read_database(ConfigFile& file, ConfigFile::Table& daemon);

/// An account of the database server, for a program whose table need not name one.
struct DatabaseAccount {
  std::string user;
  std::string password_file;  ///< empty: none is needed, as where the server knows root by the unix socket
};

/// [database], for a program that makes its connections one by one.
[[nodiscard]] mysql::Settings read_database(ConfigFile& file, ConfigFile::Table& program,
                                            const DatabaseAccount& fallback);

/// At least one listener; protocol is one of protocols, the first if none is named.
[[nodiscard]] std::vector<ListenSettings> read_listeners(ConfigFile::Table& daemon,
                                                         const std::vector<ListenProtocol>& protocols);

/// Where `[daemon.metrics]` wants the page; empty without that table.
[[nodiscard]] std::optional<net::Listener> read_metrics(ConfigFile::Table& daemon);

[[nodiscard]] net::Server::Settings read_server(ConfigFile::Table& daemon);

/// Marks the tables of the other programs as known.
void ignore_other_programs(ConfigFile& file, std::string_view own);

}  // namespace extmail::daemon
