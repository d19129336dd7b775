// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace extmail::ctl {

/// The path of the first unix socket on which a daemon, by the name of its table (`mapd`), speaks a protocol. Other keys of
/// the configuration file are the daemons' business, and are not checked here.
///
/// Errors: daemon::ConfigError where the file can't be read, is no TOML, or has no such listener.
[[nodiscard]] std::string find_listener(const std::string& config, const std::string& daemon,
                                        const std::string& protocol);

}  // namespace extmail::ctl
