// SPDX-License-Identifier: MIT
#pragma once

#include "core/login_rules.hpp"
#include "core/mail_rules.hpp"
#include "daemon/config_file.hpp"

#include <string>

namespace extmail::daemon {

/// How `[authd]` wants accounts judged.
///
/// Errors: as ConfigFile::Table.
[[nodiscard]] LoginRules::Settings read_login_rules(const MailRules& mail, ConfigFile::Table& authd);

/// What a stored password without a scheme is read as: `default_scheme` of `[authd]`.
///
/// Errors: likewise.
[[nodiscard]] std::string read_default_scheme(ConfigFile::Table& authd);

}  // namespace extmail::daemon
