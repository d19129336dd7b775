// SPDX-License-Identifier: MIT
#pragma once

#include "authd/account_rules.hpp"
#include "authd/authdaemond_accounts.hpp"
#include "authd/login_throttle.hpp"
#include "authd/new_password.hpp"
#include "authd/peer_rights.hpp"
#include "cache/store.hpp"
#include "core/password.hpp"
#include "daemon/shared_settings.hpp"
#include "mysql/mysql_accounts.hpp"
#include "mysql/settings.hpp"
#include "net/server.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace extmail::authd {

/// What extmail.toml says to extmail-authd: extmail.toml(5), [authd].
struct Config {
  AccountRules::Settings accounts;
  std::string default_scheme;
  std::size_t hash_threads = 1;
  std::size_t remembered_passwords = 0;
  LoginThrottle::Settings throttle;
  std::optional<NewHash> rehash;
  std::optional<NewPasswordRules> password_change;
  bool keeps_last_login = false;

  std::shared_ptr<const mysql::Settings> database;
  mysql::MysqlAccounts::Extensions extensions;
  cache::Store::Settings cache;
  bool warms_up = true;

  net::Server::Settings server;
  std::vector<daemon::ListenSettings> listeners;
  std::optional<net::Listener> metrics;
  PeerRights rights;
  AuthdaemondAccounts::Paths authdaemond_paths = AuthdaemondAccounts::Paths::Absolute;
  daemon::FixedKeys fixed;
};

/// Errors: ConfigError.
[[nodiscard]] Config read_config(const std::string& path);

}  // namespace extmail::authd
