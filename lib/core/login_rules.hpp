// SPDX-License-Identifier: MIT
#pragma once

#include "core/access.hpp"
#include "core/clock.hpp"
#include "core/mail_location.hpp"
#include "core/records.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace extmail {

/// What an account may do, by its rows and the configuration: for extmail-authd, which decides by it, and for who explains
/// its decisions. Knows nothing of passwords.
///
/// Threads: const members may be called concurrently.
class LoginRules {
 public:
  struct Settings {
    AccessRules access;
    MailSettings mail;
    bool proxies = false;                ///< users whose mailhost is another host are sent there
    std::vector<std::string> own_names;  ///< mailhosts that are this host
  };

  /// Who asks.
  struct Visit {
    std::string_view service;  ///< as the host calls it
    std::string_view remote;   ///< address that the login comes from; may be empty
  };

  struct Ruling {
    enum class Kind : std::uint8_t {
      Allowed,
      Denied,    ///< the account may not
      Unusable,  ///< the row, or another of the account's, has to be mended; reason names it
    };
    Kind kind = Kind::Allowed;
    std::string reason = {};     ///< empty with Allowed
    MailLocation location = {};  ///< of Allowed; may be empty where there is a mailhost
    std::string mailhost = {};   ///< of Allowed: the mail is on this host; empty: it is here
  };

  /// clock must outlive the rules.
  LoginRules(Settings settings, const Clock& clock);

  /// Who has the right password: may they log in with this service, from there?
  [[nodiscard]] Ruling log_in(const Visit& visit, const AccountRecord& account) const;

  /// The app password that matched has limits of its own.
  [[nodiscard]] Ruling log_in(const Visit& visit, const AccountRecord& account, const AppPassword& app) const;

  /// Without a password: where is the mail, and may this service have it?
  [[nodiscard]] Ruling user(const Visit& visit, const AccountRecord& account) const;

  /// Whether doveadm should know of it: one that mail can be delivered to.
  [[nodiscard]] bool is_listed(const MailboxRecord& mailbox) const;

 private:
  [[nodiscard]] Ruling locate(const MailboxRecord& mailbox) const;
  [[nodiscard]] bool is_elsewhere(const MailboxRecord& mailbox) const;

  const Settings settings_;
  const Clock& clock_;
};

}  // namespace extmail
