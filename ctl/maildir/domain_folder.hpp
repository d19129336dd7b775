// SPDX-License-Identifier: MIT
#pragma once

#include "core/mail_location.hpp"
#include "ctl/changes.hpp"
#include "mysql/connection.hpp"

#include <string>

namespace extmail::ctl {

/// A domain that gets another name.
struct RenamedDomain {
  std::string from;
  std::string to;
  std::string hash_dir_path;  ///< as its row has it
  bool keeps_folder = false;  ///< its mail stays where it is
};

/// Plans what a renamed domain's mail and the paths of its mailboxes need, so that each row names the folder that its
/// mail then is in. By default a mailbox is served from its own domain's folder only, so that folder is moved, on this
/// host. To be called before the statements that rename mailboxes.
///
/// Rows are taken by where they lead to, however they write it: relative or absolute, and by their names where the paths
/// are empty. Mailboxes with a mailhost are left alone.
/// Errors: Refused, naming a mailbox, where the folder has another domain's mail in it, too, or one that is served lies
/// elsewhere and would not be served any more; mysql::DatabaseError.
void plan_domain_move(mysql::Connection& database, const MailSettings& settings, const RenamedDomain& domain,
                      Changes& changes);

}  // namespace extmail::ctl
