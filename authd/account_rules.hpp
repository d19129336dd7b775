// SPDX-License-Identifier: MIT
#pragma once

#include "core/login_rules.hpp"
#include "core/records.hpp"
#include "wire/auth_protocol.hpp"

#include <string_view>

namespace extmail::authd {

/// LoginRules in the words of the auth protocol: what an account may do, and what a host is told of it.
///
/// Outcomes: wire::auth::Status: Ok with user data; Denied with the reason; Permanent where the row can't be used, with a
/// reason that names it.
/// Threads: const members may be called concurrently.
class AccountRules {
 public:
  using Settings = LoginRules::Settings;

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
  [[nodiscard]] bool is_listed(const MailboxRecord& mailbox) const { return rules_.is_listed(mailbox); }

 private:
  const LoginRules rules_;
};

/// An answer without user data.
[[nodiscard]] wire::auth::Reply refusal(const wire::auth::Request& request, wire::auth::Status status,
                                        std::string_view reason);

}  // namespace extmail::authd
