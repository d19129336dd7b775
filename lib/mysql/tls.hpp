// SPDX-License-Identifier: MIT
#pragma once

#include "mysql/settings.hpp"

#include <string>

struct st_mysql;

namespace extmail::mysql {

/// Says how a connection over TCP is to be encrypted, before it is made. The files are read when it is.
///
/// Errors: DatabaseError where the client library has no TLS.
void set_tls(st_mysql& handle, const Settings::Tls& tls);

/// Empty, or what is wrong: whatever the library made of its options, a connection that should be encrypted has to be.
[[nodiscard]] std::string check_tls(st_mysql& handle, const Settings::Tls& tls);

}  // namespace extmail::mysql
