// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace extmail::ctl {

/// A socket of one of the daemons.
struct ListenerKind {
  std::string_view daemon;    ///< the table of extmail.toml: authd, policyd
  std::string_view protocol;  ///< of its [[listen]]
  std::string_view deployed;  ///< its path in deploy/extmail.toml, for a host that has no configuration file
  bool is_default = false;    ///< what a [[listen]] speaks that names no protocol
};

inline constexpr ListenerKind kAuthdaemond{"authd", "authdaemond", "/run/extmail/authdaemond"};
inline constexpr ListenerKind kControl{"policyd", "control", "/run/extmail-policyd/control"};
/// Those that only a configuration can name: no option of a command does.
inline constexpr ListenerKind kSocketmap{"mapd", "socketmap", "", true};
inline constexpr ListenerKind kAuth{"authd", "auth", "", true};

/// The path of the first such `[[DAEMON.listen]]` in a configuration file. Its other keys are the daemons' business, and
/// are not checked here.
///
/// Errors: daemon::ConfigError where the file can't be read, is no TOML, or has no such listener. A file that is not
/// there is one too if may_be_missing is false, else the answer is where it is deployed.
[[nodiscard]] std::string find_listener(const ListenerKind& kind, const std::string& config,
                                        bool may_be_missing);

}  // namespace extmail::ctl
