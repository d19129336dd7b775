// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"
#include "core/outcome.hpp"
#include "core/records.hpp"

#include <chrono>
#include <optional>
#include <string_view>

namespace extmail {

/// The ExtMail schema as questions and answers. Keys are in lower case (parse_address()); a row matches when
/// its key column is the same text in any case, whatever the database's collation thinks.
///
/// Outcomes: see Outcome; rows are found whether active or not. A database fault is never NotFound.
/// Threads: const members may be called concurrently, and may block until the deadline.
class Directory {
 public:
  virtual ~Directory() = default;

  [[nodiscard]] virtual Answer<DomainRecord> find_domain(std::string_view name, Deadline deadline) const = 0;
  [[nodiscard]] virtual Answer<MailboxRecord> find_mailbox(std::string_view username,
                                                           Deadline deadline) const = 0;

  /// address is `user@domain`, or `@domain` for the catch-all.
  [[nodiscard]] virtual Answer<AliasRecord> find_alias(std::string_view address, Deadline deadline) const = 0;
};

/// Rows that statements of the administrator's own give. Apart from Directory because only extmail-mapd has such.
///
/// Outcomes and threads as Directory.
class QueryDirectory {
 public:
  virtual ~QueryDirectory() = default;

  /// query is a Query::key(). NotFound: no row, or nothing in the rows but NULL and empty texts. ttl is how long an
  /// answer may be repeated without asking again; empty leaves that to the directory.
  [[nodiscard]] virtual Answer<QueryRecord> find_query(std::string_view query,
                                                       std::optional<std::chrono::seconds> ttl,
                                                       Deadline deadline) const = 0;
};

/// Policies of the administrator's own. Apart from Directory because only extmail-policyd has such.
///
/// Outcomes and threads as Directory.
class PolicyDirectory {
 public:
  virtual ~PolicyDirectory() = default;

  /// subject is `user@domain`, `@domain`, or `*` for everybody. NotFound: nothing was laid down for it.
  [[nodiscard]] virtual Answer<PolicyRecord> find_policy(std::string_view subject,
                                                         Deadline deadline) const = 0;
};

/// Mailboxes with their passwords. Apart from Directory because only extmail-authd's database account may read them.
///
/// Outcomes and threads as Directory.
class AccountDirectory {
 public:
  virtual ~AccountDirectory() = default;

  [[nodiscard]] virtual Answer<AccountRecord> find_account(std::string_view username,
                                                           Deadline deadline) const = 0;
};

}  // namespace extmail
