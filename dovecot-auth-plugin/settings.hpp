// SPDX-License-Identifier: MIT
#pragma once

#include "core/outcome.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace extmail::dovecot {

/// What an admin may write into `args` of a passdb or userdb.
struct Settings {
  std::string socket_path = "/run/extmail/auth";
  std::chrono::seconds timeout{10};
};

/// Dovecot's own processes wait 150 s for its auth service (MASTER_AUTH_SERVER_TIMEOUT_SECS).
inline constexpr std::chrono::seconds kMaxTimeout{60};

/// Reads `socket=PATH timeout=SECONDS`, separated by white space; what is left out keeps its default.
///
/// Errors: a permanent failure that names the word at fault: an unknown setting, a socket path that is not
/// absolute or too long for a unix socket, a time-out that is no whole number from 1 to kMaxTimeout.
[[nodiscard]] Answer<Settings> parse_settings(std::string_view args);

}  // namespace extmail::dovecot
