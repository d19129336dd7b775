// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"
#include "core/outcome.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace extmail {

/// The tables whose rows are remembered. Query stands for all that statements of the administrator's own read, Account for
/// mailboxes with their passwords: a change of a mailbox is one of the account too. Policy is extmail_policy, by subjects.
enum class Table : std::uint8_t { Domain, Mailbox, Alias, Query, Account, Policy };

/// Whether the change log tells of its rows.
[[nodiscard]] constexpr bool is_logged(Table table) {
  return table != Table::Query;
}

/// What the triggers noted: the row with this key was inserted, changed or deleted.
struct Change {
  std::uint64_t id = 0;
  Table table = Table::Domain;
  std::string key;        ///< as stored, in any case; the table's key column
  bool is_flush = false;  ///< extmailctl flush: everything is to be read anew; table and key mean nothing

  bool operator==(const Change&) const = default;
};

/// Where the log ends: ids are given out when a row is written but show when its transaction commits.
struct LogEnd {
  std::uint64_t newest = 0;  ///< id; 0 for none
  std::uint64_t settled =
      0;  ///< the newest id that was given out kMaxTransaction ago; those up to it all show
};

/// The database's own account of what was written to it (sql/change_log.sql).
///
/// Threads: one at a time; members block until the deadline.
class ChangeLog {
 public:
  /// A page of changes is no longer than this.
  static constexpr std::size_t kMaxPage = 1000;

  /// How long a transaction may take and still have its changes seen.
  static constexpr std::chrono::minutes kMaxTransaction{10};

  virtual ~ChangeLog() = default;

  /// Opens a new connection to the host that the rows come from too. Found: all triggers are in place.
  /// PermanentFailure: the database answers, but its changes can't be followed for now, and the reason says what to do: the
  /// log or a trigger is not there, this account may not read it, or the server has no room for this connection.
  [[nodiscard]] virtual Answer<LogEnd> open(Deadline deadline) = 0;

  /// Up to kMaxPage changes with greater ids, in their order; none is an empty list. Any failure: what was open()ed is
  /// gone (the server went away, or another host is asked now), and so is the certainty of having seen every
  /// change since.
  [[nodiscard]] virtual Answer<std::vector<Change>> read_after(std::uint64_t id, Deadline deadline) = 0;

  /// Deletes what is older than a day, but for the newest of those that are settled, a bounded number of rows at a time. Failing is harmless.
  virtual void prune(Deadline deadline) = 0;
};

}  // namespace extmail
