// SPDX-License-Identifier: MIT
#pragma once

#include "core/change_log.hpp"
#include "core/record_source.hpp"

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace extmail::tests {

/// Rows and their change log in memory, for what stands between a database and its users.
///
/// hold() makes queries wait, as a hung server does, until release(). Writes are seen by the log at once.
class FakeDatabase final : public RecordSource, public ChangeLog {
 public:
  void put(const DomainRecord& domain);
  void put(const MailboxRecord& mailbox);
  void put(const AliasRecord& alias);
  /// The mailbox too.
  void put(const AccountRecord& account);
  void put(const std::string& subject, const PolicyRecord& policy);
  void remove_mailbox(const std::string& username);
  /// What extmailctl flush notes.
  void flush();
  /// What a query gives; no log tells of it. Without a value, nothing.
  void answer_query(const Query& query, const std::optional<std::string>& value);

  void fail_with(std::optional<Outcome> outcome);
  void lack_log(bool lacks);
  /// As TRUNCATE does: ids begin anew.
  void empty_log();
  void hold();
  void release();
  /// Waits until so many queries have been asked.
  void await_queries(std::size_t count);

  /// Every query for rows: its keys.
  [[nodiscard]] std::vector<std::vector<std::string>> queries() const;

  [[nodiscard]] Batch<DomainRecord> find_domains(std::span<const std::string> names, Deadline) const override;
  [[nodiscard]] Batch<MailboxRecord> find_mailboxes(std::span<const std::string> usernames,
                                                    Deadline) const override;
  [[nodiscard]] Batch<AliasRecord> find_aliases(std::span<const std::string> addresses,
                                                Deadline) const override;
  [[nodiscard]] Batch<AccountRecord> find_accounts(std::span<const std::string> usernames,
                                                   Deadline) const override;
  [[nodiscard]] Batch<PolicyRecord> find_policies(std::span<const std::string> subjects,
                                                  Deadline) const override;
  [[nodiscard]] Answer<QueryRecord> find_query(const Query& query, Deadline) const override;

  [[nodiscard]] Answer<LogEnd> open(Deadline) override;
  [[nodiscard]] Answer<std::vector<Change>> read_after(std::uint64_t id, Deadline) override;
  void prune(Deadline) override;

 private:
  template <typename Record>
  [[nodiscard]] Batch<Record> find(const std::map<std::string, Record>& rows,
                                   std::span<const std::string> keys) const;
  template <typename T>
  [[nodiscard]] std::optional<Answer<T>> failure() const;
  void note(Table table, const std::string& key);

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::map<std::string, DomainRecord> domains_;
  std::map<std::string, MailboxRecord> mailboxes_;
  std::map<std::string, AliasRecord> aliases_;
  std::map<std::string, AccountRecord> accounts_;
  std::map<std::string, PolicyRecord> policies_;
  std::map<std::string, QueryRecord> query_records_;
  std::vector<Change> changes_;
  std::optional<Outcome> failure_;
  bool lacks_log_ = false;
  bool is_held_ = false;
  mutable std::vector<std::vector<std::string>> queries_;
};

}  // namespace extmail::tests
