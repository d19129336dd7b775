// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/doctor/finding.hpp"
#include "ctl/doctor/postfix_checks.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace extmail::ctl {

/// smtpd.conf of Cyrus SASL: `name: value`.
using SaslConfig = std::map<std::string, std::string>;

[[nodiscard]] SaslConfig parse_sasl(std::string_view text);

/// Whether it asks somebody of ours, and offers what works. file is its name, for people.
void check_sasl(const SaslConfig& sasl, const std::string& file, Findings& findings);

/// Whether passwords are asked of our plugin.
[[nodiscard]] bool uses_plugin(const SaslConfig& sasl);

/// The sockets that it asks, as Postfix's own: relative to the queue directory.
[[nodiscard]] std::vector<SocketUse> sockets_of(const SaslConfig& sasl, const std::string& file);

}  // namespace extmail::ctl
