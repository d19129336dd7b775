// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace extmail::ctl {

/// Where extmail-authd listens in deploy/extmail.toml, for a host that has no configuration file.
inline constexpr const char* kDefaultAuthdaemondSocket = "/run/extmail/authdaemond";

/// The path of the first `[[authd.listen]]` for authdaemond in a configuration file. Its other keys are the daemons'
/// business, and are not checked here.
///
/// Errors: daemon::ConfigError where the file can't be read, is no TOML, or has no such listener. A file that is not
/// there is one too if may_be_missing is false, else the answer is the default.
[[nodiscard]] std::string find_authdaemond_socket(const std::string& config, bool may_be_missing);

}  // namespace extmail::ctl
