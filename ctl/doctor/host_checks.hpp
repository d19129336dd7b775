// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/doctor/finding.hpp"
#include "ctl/doctor/site.hpp"
#include "ctl/host/postfix_config.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace extmail::ctl {

/// Where the host's programs have their configuration; empty: where they look themselves.
struct HostOptions {
  std::string postfix_folder;
  std::string dovecot_file;
  std::string sasl_file;
};

/// Reads what Postfix, Dovecot, SASL and systemd say of themselves, and checks it, with the files and sockets of our own.
/// Gives back Postfix's configuration; empty where it can't be read.
///
/// Errors: std::runtime_error where a program hangs.
std::optional<PostfixConfig> check_host(const SiteFacts& site, const HostOptions& options,
                                        Findings& findings);

/// The ActiveState of a unit that systemd has loaded, by `systemctl show`; empty where it knows of none.
[[nodiscard]] std::string unit_state(std::string_view properties);

}  // namespace extmail::ctl
