// SPDX-License-Identifier: MIT
#pragma once

#include "authd/new_password.hpp"
#include "authd/peer_rights.hpp"
#include "daemon/config_file.hpp"

#include <optional>

namespace extmail::authd {

/// [authd.password_change], all of whose keys have defaults. Empty, and no peer has a right, where it is not there or not
/// enabled.
[[nodiscard]] std::optional<NewPasswordRules> read_password_change(daemon::ConfigFile::Table& authd,
                                                                   PeerRights& rights);

}  // namespace extmail::authd
