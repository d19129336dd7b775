// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace extmail::ctl {

/// How it went to connect to a socket as somebody else.
struct Reach {
  enum class Kind : unsigned char {
    Open,      ///< somebody took the connection
    Missing,   ///< there is no such socket
    Dead,      ///< nobody listens on it
    Closed,    ///< this user has no right to it, or to a folder above it
    Untested,  ///< nobody could try: this user is not root, or there is no such user
  };
  Kind kind = Kind::Untested;
  std::string reason = {};  ///< in the system's words
};

/// Connects to the unix socket at path, and closes it at once, as the user with this name and all its groups, and below
/// root where that is not empty: in a process of its own, by the system's own rules.
///
/// Takes at most ten seconds.
[[nodiscard]] Reach reach_as(const std::string& user, const std::string& root, const std::string& path);

}  // namespace extmail::ctl
