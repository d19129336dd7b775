// SPDX-License-Identifier: MIT
#pragma once

#include "core/outcome.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace extmail::dovecot {

inline constexpr const char* kDefaultSocketPath = "/run/extmail/auth";
inline constexpr std::chrono::seconds kDefaultTimeout{10};

/// Dovecot's own processes wait 150 s for its auth service (MASTER_AUTH_SERVER_TIMEOUT_SECS).
inline constexpr std::chrono::seconds kMaxTimeout{60};

/// What an admin may say of a passdb or userdb: in `args` for Dovecot 2.3, in settings of our own for 2.4.
struct Settings {
  std::string socket_path = kDefaultSocketPath;
  std::chrono::seconds timeout = kDefaultTimeout;
};

/// Each sets one value, or says what is wrong with it, as the end of a sentence that begins with its name;
/// empty when it is fit to be used. A socket path is absolute and fits a unix socket; a time-out is from 1 s
/// to kMaxTimeout.
[[nodiscard]] std::string set_socket_path(Settings& settings, std::string_view value);
[[nodiscard]] std::string set_timeout(Settings& settings, std::chrono::seconds value);

/// Reads `socket=PATH timeout=SECONDS`, separated by white space; what is left out keeps its default.
///
/// Errors: a permanent failure that names the word at fault: an unknown setting, or a value that is not fit.
[[nodiscard]] Answer<Settings> parse_settings(std::string_view args);

}  // namespace extmail::dovecot
