// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/objects/object.hpp"

#include <string>
#include <vector>

namespace extmail::ctl {

/// What names a mailbox: aliases that lead to it, and what the extension tables have for it (app passwords, fields,
/// policies), as far as they are there.
///
/// Where an alias has its name, other aliases lead to that one, and stay as they are.
[[nodiscard]] std::vector<Reference> references_to_mailbox(mysql::Connection& database,
                                                           const std::string& username);

/// The aliases lead to the new name; the triggers of the extension tables take their rows along.
void rename_references_to_mailbox(mysql::Connection& database, const std::string& from, const std::string& to,
                                  Changes& changes);

/// The same for all addresses of a domain, and for `@domain`.
void rename_references_to_domain(mysql::Connection& database, const std::string& from, const std::string& to,
                                 Changes& changes);

}  // namespace extmail::ctl
