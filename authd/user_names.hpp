// SPDX-License-Identifier: MIT
#pragma once

#include "daemon/config_file.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace extmail::authd {

/// The user ids of a list of names and numbers. A name that this host does not know is complained of, but for those of
/// the defaults as a whole: a host without Postfix need not say so.
[[nodiscard]] std::set<uid_t> read_users(daemon::ConfigFile::Table& table, std::string_view key,
                                         const std::vector<std::string>& defaults);

}  // namespace extmail::authd
