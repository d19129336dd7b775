// SPDX-License-Identifier: MIT
#pragma once

#include "core/mail_rules.hpp"
#include "mysql/settings.hpp"

#include <string>

namespace extmail::ctl {

/// What extmailctl takes from extmail.toml: `[ctl]`, and what all programs share.
struct Settings {
  mysql::Settings database;
  MailRules mail;
};

/// Errors: daemon::ConfigError.
[[nodiscard]] Settings read_settings(const std::string& config);

}  // namespace extmail::ctl
