// SPDX-License-Identifier: MIT
#pragma once

#include "core/outcome.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include <sasl/sasl.h>
#include <sasl/saslplug.h>
#include <sys/un.h>

namespace extmail::sasl {

inline constexpr const char* kSocketOption = "extmail_socket";
inline constexpr const char* kTimeoutOption = "extmail_timeout";

inline constexpr const char* kDefaultSocket = "/run/extmail/auth";

/// What the kernel takes as the path of a unix socket (unix(7)), without the NUL.
inline constexpr std::size_t kMaxSocketPathBytes = sizeof(sockaddr_un::sun_path) - 1;

/// Postfix sets no limit to an AUTH command of its own, so these stay below that of mail clients: a minute or
/// more.
inline constexpr std::chrono::seconds kDefaultTimeout{10};
inline constexpr std::chrono::seconds kMaxTimeout{55};

/// What an admin may set in the SASL configuration file of a program, for Postfix smtpd.conf.
struct Options {
  std::string socket = kDefaultSocket;  ///< relative to the program's working directory, or absolute
  std::chrono::seconds timeout = kDefaultTimeout;  ///< for one lookup as a whole
};

/// The value of any option, ours or libsasl's own; empty where it is not set.
[[nodiscard]] std::optional<std::string> find_option(const sasl_utils_t& utils, const char* name);

/// Errors: permanent_failure, whose reason names the option, when a value is impossible.
[[nodiscard]] Answer<Options> read_options(const sasl_utils_t& utils);

/// Did an admin choose this plugin for the program? Every SASL server on a host loads all plugins in the
/// folder, and one that names no `auxprop_plugin` asks each of them.
[[nodiscard]] bool is_chosen(const sasl_utils_t& utils);

}  // namespace extmail::sasl
