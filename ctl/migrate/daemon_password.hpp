// SPDX-License-Identifier: MIT
#pragma once

#include "core/secret.hpp"
#include "mysql/connection.hpp"

#include <string>

namespace extmail::ctl {

/// The password that a daemon connects with, from the file that extmail.toml names for it. account: `extmail_mapd`, ….
///
/// Errors: daemon::ConfigError; Refused where the file is empty, with what to do.
[[nodiscard]] Secret read_daemon_password(const std::string& config, const std::string& account);

/// Makes the account at localhost, where there is none, without any right.
/// Errors: mysql::DatabaseError.
void create_account(mysql::Connection& connection, const std::string& account, const Secret& password);

}  // namespace extmail::ctl
