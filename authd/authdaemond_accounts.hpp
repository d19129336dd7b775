// SPDX-License-Identifier: MIT
#pragma once

#include "core/access.hpp"
#include "core/mail_location.hpp"
#include "core/outcome.hpp"
#include "core/records.hpp"
#include "wire/authdaemond.hpp"

#include <string>

namespace extmail::authd {

/// Words a mailbox as clients of authdaemond read it: paths, quota and options of Courier's making.
///
/// Outcomes: Found, or PermanentFailure with a reason that names the row and the column; never NotFound.
/// Threads: const members may be called concurrently.
class AuthdaemondAccounts {
 public:
  /// How HOME and MAILDIR are told. Rows with unsafe paths are refused either way.
  enum class Paths {
    Absolute,
    Stored,  ///< as in the columns, for an ExtMail with SYS_MAILDIR_BASE; an empty column is what it stands for
  };

  AuthdaemondAccounts(AccessRules access, MailSettings mail, Paths paths);

  /// Without passwords.
  [[nodiscard]] Answer<wire::authdaemond::Account> account(const MailboxRecord& mailbox,
                                                           const WebmailProfile& profile) const;

  [[nodiscard]] Answer<wire::authdaemond::Listed> listed(const MailboxRecord& mailbox) const;

 private:
  [[nodiscard]] Answer<MailLocation> locate(const MailboxRecord& mailbox) const;
  /// What is switched off, as `name=1`; nothing of what is not.
  [[nodiscard]] std::string services_off(const MailboxRecord& mailbox) const;

  const AccessRules access_;
  const MailSettings mail_;
  const Paths paths_;
};

}  // namespace extmail::authd
