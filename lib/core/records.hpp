// SPDX-License-Identifier: MIT
#pragma once

#include "core/secret.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// Rows as ExtMail means them, after NULLs, zero dates and empty texts have been read as what they stand for.
/// Which of them counts is decided by the rules (core/access.hpp), not here: an inactive row is still a row.
namespace extmail {

/// The columns disable*: 1 takes the service away; 0 and NULL leave it.
struct DisabledServices {
  bool smtpd = false;  ///< sending: SMTP AUTH
  bool smtp = false;   ///< receiving
  bool webmail = false;
  bool imap = false;
  bool pop3 = false;
};

struct DomainRecord {
  std::string name;
  bool active = false;
  std::string expires;        ///< `YYYY-MM-DD`; empty is never
  DisabledServices disabled;  ///< ExtMan's template for new users; a ban only with enforce_domain_services
  std::string transport;      ///< as stored: empty and the text NULL are none
};

struct MailboxRecord {
  std::string username;                ///< the address, as stored
  std::optional<DomainRecord> domain;  ///< absent: the mailbox's domain has no row
  bool active = false;
  std::string expires;  ///< as in DomainRecord
  DisabledServices disabled;
  std::string maildir;                    ///< as stored, not to be trusted: see core/mail_location.hpp
  std::string homedir;                    ///< likewise
  std::string mailhost;                   ///< where the mail is kept; empty is here
  std::string quota;                      ///< as stored: see core/quota.hpp
  std::optional<std::int64_t> uidnumber;  ///< as stored, not to be trusted
  std::optional<std::int64_t> gidnumber;  ///< likewise
};

struct AliasRecord {
  std::string address;  ///< `user@domain`, or `@domain` for a catch-all
  std::vector<std::string> targets;
  bool active = false;
};

/// What a statement of the administrator's own gave.
struct QueryRecord {
  std::string value;  ///< all columns of all rows, separated by commas; NULL and empty ones are left out
};

/// A further password of a mailbox, for one program or device (table extmail_app_password).
struct AppPassword {
  std::string name;
  Secret password;       ///< as LoginSecrets::password
  std::string services;  ///< as stored: names separated by commas; empty is all
  std::string networks;  ///< as stored: see core/network.hpp; empty is everywhere
  std::string expires;   ///< as in DomainRecord
};

struct LoginSecrets {
  Secret password;  ///< a hash or text with its scheme: see core/password.hpp
  Secret clear;     ///< clearpwd; empty where none is stored
  std::vector<AppPassword> app_passwords;
};

/// What only the webmail and Courier's programs are told of a mailbox.
struct WebmailProfile {
  std::string name;          ///< of the person
  std::string netdiskquota;  ///< as stored
  bool disables_netdisk = false;
  bool disables_password_change = false;
};

/// A mailbox with all that a login needs. Copies share the secrets, which are wiped with the last of them.
struct AccountRecord {
  MailboxRecord mailbox;
  std::shared_ptr<const LoginSecrets> secrets;  ///< never null
  WebmailProfile profile;
  /// What the admin adds for the host, by the host's names (table extmail_user_field).
  std::vector<std::pair<std::string, std::string>> fields;
  std::string fault;  ///< why nobody may rely on the above; empty where all is well
};

/// What the admin has laid down for one subject beyond ExtMail's schema (table extmail_policy).
struct PolicyRecord {
  struct Entry {
    std::string kind;   ///< `limit`, `deny-sender`, `send-as`, …: what it is for
    std::string value;  ///< as stored; what it means depends on the kind
  };
  std::vector<Entry> entries;  ///< in the table's order: by id
  std::string fault;           ///< why nobody may rely on the above; empty where all is well
};

}  // namespace extmail
