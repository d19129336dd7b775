// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/doctor/finding.hpp"
#include "ctl/doctor/postfix_checks.hpp"
#include "ctl/doctor/site.hpp"

#include <string>
#include <vector>

namespace extmail::ctl {

/// Whether somebody listens on each socket of extmail.toml, and not everybody can ask it.
void check_listeners(const SiteFacts& site, Findings& findings);

/// Whether Postfix, as its own user and from within its chroot where it has one, reaches what it is told to ask, and
/// whether that is ours.
void check_socket_uses(const PostfixConfig& postfix, const SiteFacts& site,
                       const std::vector<SocketUse>& uses, Findings& findings);

/// The same for a socket of Dovecot, with the id of the check that finds it missing or closed.
void check_foreign_socket(const PostfixConfig& postfix, const std::string& parameter, const std::string& path,
                          std::string_view id, Findings& findings);

/// Whether Dovecot, as user, reaches a socket of extmail-authd.
void check_dovecot_socket(const SiteFacts& site, const std::string& path, const std::string& user,
                          Findings& findings);

}  // namespace extmail::ctl
