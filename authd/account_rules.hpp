// SPDX-License-Identifier: MIT
#pragma once

#include "core/access.hpp"
#include "core/clock.hpp"
#include "core/mail_location.hpp"
#include "core/records.hpp"
#include "wire/auth_protocol.hpp"

#include <string>
#include <vector>

namespace extmail::authd {

/// What an account may do, and what a host is told of it. Knows nothing of passwords.
///
/// Outcomes: wire::auth::Status: Ok with user data; Denied with the reason; Permanent where the row can't be used, with a
/// reason that names it.
/// Threads: const members may be called concurrently.
class AccountRules {
 public:
  struct Settings {
    AccessRules access;
    MailSettings mail;
    bool proxies = false;                ///< users whose mailhost is another host are sent there
    std::vector<std::string> own_names;  ///< mailhosts that are this host
  };

  /// clock must outlive the rules.
  AccountRules(Settings settings, const Clock& clock);

  /// Who has the right password: may they log in with this service, from there?
  [[nodiscard]] wire::auth::Reply log_in(const wire::auth::Request& request,
                                         const AccountRecord& account) const;

  /// The app password that matched has limits of its own.
  [[nodiscard]] wire::auth::Reply log_in(const wire::auth::Request& request, const AccountRecord& account,
                                         const AppPassword& app) const;

  /// Without a password: where is the mail, and may this service have it?
  [[nodiscard]] wire::auth::Reply user(const wire::auth::Request& request,
                                       const AccountRecord& account) const;

  /// Whether doveadm should know of it: one that mail can be delivered to.
  [[nodiscard]] bool is_listed(const MailboxRecord& mailbox) const;

 private:
  [[nodiscard]] wire::auth::Reply described(const wire::auth::Request& request,
                                            const AccountRecord& account) const;
  [[nodiscard]] bool is_elsewhere(const MailboxRecord& mailbox) const;

  const Settings settings_;
  const Clock& clock_;
};

/// An answer without user data.
[[nodiscard]] wire::auth::Reply refusal(const wire::auth::Request& request, wire::auth::Status status,
                                        std::string_view reason);

}  // namespace extmail::authd
