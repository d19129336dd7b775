// SPDX-License-Identifier: MIT
#pragma once

#include "core/access.hpp"
#include "core/directory.hpp"
#include "core/log.hpp"
#include "core/mail_location.hpp"
#include "core/password.hpp"
#include "wire/auth_protocol.hpp"

#include <string_view>

namespace extmail::authd {

/// Decides who may log in and where their mail is: the one place for IMAP, POP3, SMTP AUTH and webmail.
///
/// Every verify ends in one log line with user, service and remote address: login_ok, login_refused,
/// login_unavailable (nobody could tell) or account_unusable; credentials likewise, with credentials_given
/// and credentials_refused.
///
/// Outcomes: wire::auth::Status. A database fault is Temporary, never Unknown or Mismatch; a row with an
/// unusable hash, id or path is Permanent, logged with the row.
/// Threads: const members may be called concurrently. look_up(), user_data() and credentials() wait for the
/// directory; verify() computes for as long as the password's hash was made to take.
class Authenticator {
 public:
  struct Settings {
    AccessRules rules;
    MailSettings mail;
  };

  /// What the directory knows about a login.
  struct Evidence {
    Answer<MailboxRecord> mailbox;
    Answer<StoredPassword> password;
  };

  /// All must outlive the authenticator.
  Authenticator(const Directory& directory, const PasswordDirectory& passwords, const Clock& clock, Log& log,
                Settings settings);

  [[nodiscard]] Evidence look_up(std::string_view user, Deadline deadline) const;

  /// The password is checked before the account's state, so that only who knows it learns that it is
  /// disabled.
  [[nodiscard]] wire::auth::Reply verify(const wire::auth::Request& request, const Evidence& evidence) const;

  [[nodiscard]] wire::auth::Reply user_data(const wire::auth::Request& request, Deadline deadline) const;

  /// Ok without a password where only a hash is stored.
  [[nodiscard]] wire::auth::Reply credentials(const wire::auth::Request& request, Deadline deadline) const;

 private:
  void log_outcome(const wire::auth::Request& request, const wire::auth::Reply& reply,
                   std::string_view granted, std::string_view refused) const;
  [[nodiscard]] wire::auth::Reply find_credentials(const wire::auth::Request& request,
                                                   Deadline deadline) const;
  [[nodiscard]] wire::auth::Reply judge(const wire::auth::Request& request, const Evidence& evidence) const;
  [[nodiscard]] wire::auth::Reply described(const wire::auth::Request& request,
                                            const MailboxRecord& mailbox) const;

  const Directory& directory_;
  const PasswordDirectory& passwords_;
  const Clock& clock_;
  Log& log_;
  const Settings settings_;
  mutable DecoyHash decoy_;
};

}  // namespace extmail::authd
