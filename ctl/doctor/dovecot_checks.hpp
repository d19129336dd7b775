// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/doctor/dovecot_config.hpp"
#include "ctl/doctor/finding.hpp"
#include "ctl/doctor/site.hpp"

#include <string>
#include <vector>

namespace extmail::ctl {

/// What of dovecot.conf does not fit to extmail.toml.
void check_dovecot(const DovecotBlock& dovecot, const SiteFacts& site, Findings& findings);

/// The sockets of extmail-authd that it asks.
[[nodiscard]] std::vector<std::string> authd_sockets_of(const DovecotBlock& dovecot);

/// The user that asks them.
[[nodiscard]] std::string auth_user_of(const DovecotBlock& dovecot);

}  // namespace extmail::ctl
