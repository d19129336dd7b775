// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"
#include "core/outcome.hpp"
#include "core/query.hpp"
#include "core/records.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace extmail {

/// One answer per key, in the keys' order; empty where no row has the key.
template <typename Record>
using Batch = Answer<std::vector<std::optional<Record>>>;

/// The rows behind a Directory, many at a time: what a cache asks for.
///
/// Keys are those of Directory, and match as there; no two of a call are the same, or only one of them need have its row.
/// MailboxRecord::domain stays empty: domains have rows of their own.
/// Outcomes: Found, also when no row was; TemporaryFailure and PermanentFailure for the batch as a whole.
/// Threads: const members may be called concurrently, and may block until the deadline.
/// Limits: up to kMaxBatch keys in a call; a query's result has up to kMaxResultRows and kMaxResultBytes.
class RecordSource {
 public:
  /// A prepared statement of a size that MariaDB still runs as a range of point lookups.
  static constexpr std::size_t kMaxBatch = 64;

  /// More is a PermanentFailure: no list is meant to be that long, and half of one would be wrong.
  static constexpr std::size_t kMaxResultRows = 10000;
  /// The longest reply that Postfix takes.
  static constexpr std::size_t kMaxResultBytes = 100000;

  virtual ~RecordSource() = default;

  [[nodiscard]] virtual Batch<DomainRecord> find_domains(std::span<const std::string> names,
                                                         Deadline deadline) const = 0;
  [[nodiscard]] virtual Batch<MailboxRecord> find_mailboxes(std::span<const std::string> usernames,
                                                            Deadline deadline) const = 0;
  [[nodiscard]] virtual Batch<AliasRecord> find_aliases(std::span<const std::string> addresses,
                                                        Deadline deadline) const = 0;

  /// With their passwords. A source for who has no use for these need not have any.
  [[nodiscard]] virtual Batch<AccountRecord> find_accounts(std::span<const std::string> usernames,
                                                           Deadline deadline) const {
    (void)usernames;
    (void)deadline;
    return Batch<AccountRecord>::permanent_failure("passwords are not read here");
  }

  /// By subject, each with all its entries. A source without such a table has none of them.
  [[nodiscard]] virtual Batch<PolicyRecord> find_policies(std::span<const std::string> subjects,
                                                          Deadline deadline) const {
    (void)deadline;
    return Batch<PolicyRecord>::found(std::vector<std::optional<PolicyRecord>>(subjects.size()));
  }

  /// One at a time: statements have nothing in common, and one that is wrong must not spoil the others' answers. NotFound
  /// as QueryDirectory.
  [[nodiscard]] virtual Answer<QueryRecord> find_query(const Query& query, Deadline deadline) const = 0;
};

}  // namespace extmail
