// SPDX-License-Identifier: MIT
#pragma once

#include "core/secret.hpp"

#include <cstdint>
#include <optional>
#include <string>
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

struct StoredPassword {
  Secret password;  ///< a hash or text with its scheme: see core/password.hpp
  Secret clear;     ///< clearpwd; empty where none is stored
};

}  // namespace extmail
