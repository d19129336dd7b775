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

/// The mailboxes that a folder belongs to, by a column of theirs.
struct FolderOwners {
  const char* column;
  std::string value;
};

/// Its home folder is moved; back again where the row could not be changed.
///
/// Errors: Refused where it can't go there, where the maildir would not come to where `to` has it, and where the folder has
/// the mail of others than the owners in it, too.
void plan_move(mysql::Connection& database, const MailSettings& settings, const FolderOwners& owners,
               const MailLocation& from, const MailLocation& to, Changes& changes);

/// Its home folder is deleted, once the row is.
///
/// Errors: Refused where the folder has the mail of another mailbox in it, too.
void plan_removal(mysql::Connection& database, const MailSettings& settings, const std::string& username,
                  const MailLocation& location, Changes& changes);

/// Where the mailboxes of a row set are: columns username, maildir, homedir, uidnumber, gidnumber.
inline constexpr const char* kLocationColumns = "username, maildir, homedir, uidnumber, gidnumber";
[[nodiscard]] Answer<MailLocation> location_of(const mysql::Row& row, const MailSettings& settings);
/// The same also of those that are not served, for their ids or because they lie in another domain's folder: mail may be
/// there all the same.
[[nodiscard]] Answer<MailLocation> any_location_of(const mysql::Row& row, const MailSettings& settings);

[[nodiscard]] bool is_at_or_below(const std::string& path, const std::string& folder);

}  // namespace extmail::ctl
