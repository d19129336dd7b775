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

/// The policies of an alias that is renamed. None stay behind for who gets the old name next: what the new name has
/// already is deleted.
void move_policies(mysql::Connection& database, const std::string& from, const std::string& to,
                   Changes& changes);

/// The aliases that lead to an address of a domain, or to `@domain`, and the policies of all of these: triggers know of
/// mailboxes only.
void rename_references_to_domain(mysql::Connection& database, const std::string& from, const std::string& to,
                                 Changes& changes);

}  // namespace extmail::ctl
