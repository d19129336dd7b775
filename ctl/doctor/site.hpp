// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/settings.hpp"
#include "mysql/settings.hpp"

#include <optional>
#include <string>
#include <vector>

namespace extmail::ctl {

/// A listener of a daemon, as extmail.toml has it.
struct Listener {
  std::string daemon;    ///< mapd, authd, policyd
  std::string protocol;  ///< its default where the file names none
  std::string path;      ///< of a unix socket
};

/// A daemon with a table in extmail.toml.
struct DaemonFacts {
  std::string name;  ///< mapd, authd, policyd
  std::string password_file;
  std::optional<mysql::Settings> account;  ///< empty where its password can't be read
  std::string account_fault = {};          ///< why
};

/// What extmail.toml says, as far as others have to fit to it.
struct SiteFacts {
  Settings settings;
  std::vector<DaemonFacts> daemons;
  std::vector<Listener> listeners;
  std::vector<std::string> own_maps;  ///< [maps.query.NAME]
  std::string default_scheme;
  bool wants_app_passwords = false;
  bool wants_user_fields = false;
  bool wants_last_login = false;
  bool wants_policy_table = false;
  bool wants_usage_table = false;
  bool wants_decision_table = false;
  bool checks_senders = false;       ///< [policyd.senders]
  bool may_write_passwords = false;  ///< rehash, [authd.password_change]

  [[nodiscard]] const Listener* find_listener(const std::string& path) const;
};

/// Errors: daemon::ConfigError where the file can't be read, or what extmailctl itself takes from it is wrong.
[[nodiscard]] SiteFacts read_site(const std::string& config);

}  // namespace extmail::ctl
