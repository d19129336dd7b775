// SPDX-License-Identifier: MIT
#pragma once

#include <set>

#include <sys/types.h>

namespace extmail::authd {

/// What takes more than the right to open a socket, by the user ids that SO_PEERCRED tells.
struct PeerRights {
  std::set<uid_t> credentials;       ///< get what is stored of passwords, and the list of mailboxes
  std::set<uid_t> password_changes;  ///< change a password that they know
  std::set<uid_t> password_resets;   ///< set one without knowing the old
};

}  // namespace extmail::authd
