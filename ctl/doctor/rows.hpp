// SPDX-License-Identifier: MIT
#pragma once

#include "core/mail_rules.hpp"
#include "core/records.hpp"
#include "core/secret.hpp"
#include "ctl/doctor/finding.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace extmail::ctl {

/// Rows as they stand in the tables: what a check is about is often what core's records have already read away.
struct DomainRow {
  std::string name;
  std::optional<std::string> transport = {};
  std::uint64_t max_mailboxes = 0;  ///< 0: any number
  std::uint64_t max_aliases = 0;
  std::vector<std::pair<std::string, std::string>> quotas = {};  ///< column and value; maxquota is one
  std::optional<std::string> expires = {};
  bool active = true;
};

struct MailboxRow {
  MailboxRecord record = {};  ///< without its domain
  std::string domain = {};
  std::optional<std::string> expires = {};
  std::optional<std::string> created = {};
  Secret password = {};
  Secret clear = {};
};

struct AliasRow {
  std::string address;
  std::string targets;
  std::string domain;
  bool active = true;
};

/// Who there is, by canonical names. Checks of rows that come later go by those that came before: domains, then
/// mailboxes, then aliases.
///
/// Limits: some 200 bytes for each row.
struct Census {
  struct Domain {
    DomainRow row;
    std::uint64_t mailboxes = 0;
    std::uint64_t aliases = 0;
    std::uint64_t quota_bytes = 0;
  };
  struct Mailbox {
    std::string username;
    bool active = false;
  };
  std::unordered_map<std::string, Domain> domains;
  std::unordered_map<std::string, Mailbox> mailboxes;
  std::vector<AliasRow> aliases;
  std::unordered_map<std::string, std::size_t> alias_places;  ///< in aliases

  [[nodiscard]] Domain* find_domain(std::string_view canonical);
};

/// What all checks of rows share.
struct DataContext {
  const MailRules& mail;
  std::string today;           ///< `YYYY-MM-DD`
  std::string default_scheme;  ///< of passwords that name none
  Findings& findings;
  Census census = {};
};

/// The one form of a domain, whichever of its forms a row has: ASCII lower case, an A-label, no blanks around it.
[[nodiscard]] std::string canonical_domain(std::string_view name);

/// The same of an address, or of `@domain`.
[[nodiscard]] std::string canonical_address(std::string_view address);

[[nodiscard]] std::string_view domain_of(std::string_view address);

/// Without blanks around it.
[[nodiscard]] std::string_view trimmed(std::string_view text);

/// `UPDATE table SET column = 'value' WHERE key_column = 'key';`
[[nodiscard]] std::string update_of(std::string_view table, std::string_view column,
                                    const std::optional<std::string>& value, std::string_view key_column,
                                    std::string_view key);

/// A date or date and time that is either never, or one of the calendar.
[[nodiscard]] bool is_date(const std::optional<std::string>& date);

/// Whether something with this date is past it: as core/access.hpp has it.
[[nodiscard]] bool is_past(const std::optional<std::string>& date, std::string_view today);

/// Whether all of a quota can be read: core/quota.hpp leaves out what can't.
[[nodiscard]] bool is_quota(std::string_view text);

/// Checks of what stands for a password, as object has it. store is what replaces it.
void check_password_column(DataContext& context, const std::string& object, std::string_view stored,
                           const std::string& store);

void check_domain(DataContext& context, DomainRow row);
void check_mailbox(DataContext& context, const MailboxRow& row);
void check_alias(DataContext& context, AliasRow row);

/// Which mailbox has a maildir. Separate from Census, because nothing else needs it.
using Maildirs = std::unordered_map<std::string, std::string>;
void check_maildir(DataContext& context, const MailboxRow& row, Maildirs& maildirs);

/// What takes all rows: limits of domains, and where aliases lead.
void check_limits(DataContext& context);
void check_alias_targets(DataContext& context);
void check_alias_loops(DataContext& context);

}  // namespace extmail::ctl
