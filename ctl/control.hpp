// SPDX-License-Identifier: MIT
#pragma once

#include "core/outcome.hpp"

#include <string>
#include <string_view>

namespace extmail::ctl {

/// Where extmail-policyd listens for control in deploy/extmail.toml, for a host that has no configuration file.
inline constexpr const char* kDefaultControlSocket = "/run/extmail-policyd/control";

/// The path of the first `[[policyd.listen]]` for control, as find_authdaemond_socket() finds that of another protocol.
///
/// Errors: likewise.
[[nodiscard]] std::string find_control_socket(const std::string& config, bool may_be_missing);

/// Asks extmail-policyd one question, whose text has no line break; the answer is all its lines.
/// Outcomes: Found; TemporaryFailure when nobody listens, or there is no whole answer within ten seconds.
[[nodiscard]] Answer<std::string> ask_control(const std::string& socket, std::string_view question);

}  // namespace extmail::ctl
