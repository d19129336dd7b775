// SPDX-License-Identifier: MIT
#pragma once

#include "core/outcome.hpp"
#include "core/records.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace extmail {

/// Where mail lies and whose it is, from the configuration.
struct MailSettings {
  std::string base = "/var/mailbox";
  bool confine_to_domain = true;     ///< a mailbox lies in its own domain's folder; false for older layouts
  std::optional<std::uint32_t> uid;  ///< overrides mailbox.uidnumber
  std::optional<std::uint32_t> gid;  ///< overrides mailbox.gidnumber
  std::uint32_t min_uid = 500;       ///< Dovecot's first_valid_uid: below are the system's own accounts
  std::uint32_t min_gid = 500;
};

struct MailLocation {
  std::string home;
  std::string maildir;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
};

/// Where a mailbox's mail is. A domain's postmaster can write any id and path into a row, so ids below the
/// minimum and paths that leave the mail base, or lead to another domain's mail, are refused.
///
/// Paths are relative to the mail base, or absolute inside it. An empty maildir is `domain/user/Maildir/`, an
/// empty homedir is the maildir's parent, or the maildir itself right below the base.
/// Outcomes: Found, or PermanentFailure with a reason that names the row and the column.
[[nodiscard]] Answer<MailLocation> locate_mail(const MailboxRecord& mailbox, const MailSettings& settings);

}  // namespace extmail
