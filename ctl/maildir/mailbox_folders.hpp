// SPDX-License-Identifier: MIT
#pragma once

#include "core/mail_location.hpp"
#include "ctl/changes.hpp"
#include "mysql/connection.hpp"

#include <string>

namespace extmail::ctl {

// What happens to a mailbox's folders when its row is added, renamed or deleted. Each looks first whether this is the
// host that has them, and otherwise notes what is left to do there.

/// Its home folder and maildir are made before the row holds. Errors, as the deed runs: Refused.
void plan_creation(const std::string& base, const MailLocation& location, Changes& changes);

/// Its home folder is moved; back again where the row could not be changed. Errors: Refused where it can't go there.
void plan_move(const std::string& base, const MailLocation& from, const MailLocation& to, Changes& changes);

/// Its home folder is deleted, once the row is.
///
/// Errors: Refused where the folder has the mail of another mailbox in it, too.
void plan_removal(mysql::Connection& database, const MailSettings& settings, const std::string& username,
                  const MailLocation& location, Changes& changes);

/// Where the mailboxes of a row set are: columns username, maildir, homedir, uidnumber, gidnumber.
inline constexpr const char* kLocationColumns = "username, maildir, homedir, uidnumber, gidnumber";
[[nodiscard]] Answer<MailLocation> location_of(const mysql::Row& row, const MailSettings& settings);

}  // namespace extmail::ctl
