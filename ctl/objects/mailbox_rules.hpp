// SPDX-License-Identifier: MIT
#pragma once

#include "core/address.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace extmail::ctl {

/// The address of a new mailbox, as ExtMan takes it: letters, digits and `._-`, in lower case.
///
/// A dot at an end or two in a row are refused: the local part is the name of a folder.
/// Errors: Misuse.
void check_new_address(const Address& address);

/// Where ExtMan puts a mailbox: the columns maildir and homedir.
struct MailPaths {
  std::string maildir;
  std::string homedir;
};

/// `dom/user/Maildir/`; with a hashdirpath, as in ISP mode, `BD/98/dom/99/5F/user/Maildir/`, where 99/5F spreads users by
/// their names, always the same.
[[nodiscard]] MailPaths new_mail_paths(const Address& address, std::string_view hash_dir_path);

/// Paths that lead under any name to where a mailbox's mail is: an empty maildir follows the name.
[[nodiscard]] MailPaths kept_mail_paths(const MailPaths& old, const Address& from);

/// Where a mailbox's mail is to lie under another name: as a new one's, unless it lies where no name is in the path. The
/// home folder is moved as a whole, so a maildir in it has the same place in the new one.
[[nodiscard]] MailPaths renamed_mail_paths(const MailPaths& old, const Address& from, const Address& to,
                                           std::string_view hash_dir_path);

/// The column expiredate of a mailbox that is made today in a domain with this default_expire: "1y", "6m", "30d"; never
/// where it is anything else. Of a day that its month does not have, the last one that it has.
[[nodiscard]] std::string expiry_after(std::string_view period, std::chrono::year_month_day today);

}  // namespace extmail::ctl
