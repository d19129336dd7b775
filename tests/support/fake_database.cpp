// SPDX-License-Identifier: MIT
#include "support/fake_database.hpp"

#include "core/address.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace extmail::tests {

void FakeDatabase::note(Table table, const std::string& key) {
  changes_.push_back({changes_.size() + 1, table, key});
}

void FakeDatabase::put(const DomainRecord& domain) {
  const std::lock_guard lock(mutex_);
  domains_[fold_case(domain.name)] = domain;
  note(Table::Domain, domain.name);
}

void FakeDatabase::put(const MailboxRecord& mailbox) {
  const std::lock_guard lock(mutex_);
  mailboxes_[fold_case(mailbox.username)] = mailbox;
  note(Table::Mailbox, mailbox.username);
}

void FakeDatabase::put(const AliasRecord& alias) {
  const std::lock_guard lock(mutex_);
  aliases_[fold_case(alias.address)] = alias;
  note(Table::Alias, alias.address);
}

void FakeDatabase::put(const AccountRecord& account) {
  {
    const std::lock_guard lock(mutex_);
    accounts_[fold_case(account.mailbox.username)] = account;
  }
  put(account.mailbox);
}

void FakeDatabase::put(const std::string& subject, const PolicyRecord& policy) {
  const std::lock_guard lock(mutex_);
  policies_[fold_case(subject)] = policy;
  note(Table::Policy, subject);
}

void FakeDatabase::remove_mailbox(const std::string& username) {
  const std::lock_guard lock(mutex_);
  accounts_.erase(fold_case(username));
  mailboxes_.erase(fold_case(username));
  note(Table::Mailbox, username);
}

void FakeDatabase::flush() {
  const std::lock_guard lock(mutex_);
  changes_.push_back({changes_.size() + 1, Table::Domain, {}, true});
}

void FakeDatabase::answer_query(const Query& query, const std::optional<std::string>& value) {
  const std::lock_guard lock(mutex_);
  query_records_.erase(query.key());
  if (value) query_records_[query.key()] = {*value};
}

void FakeDatabase::fail_with(std::optional<Outcome> outcome) {
  const std::lock_guard lock(mutex_);
  failure_ = outcome;
}

void FakeDatabase::lack_log(bool lacks) {
  const std::lock_guard lock(mutex_);
  lacks_log_ = lacks;
}

void FakeDatabase::empty_log() {
  const std::lock_guard lock(mutex_);
  changes_.clear();
}

void FakeDatabase::hold() {
  const std::lock_guard lock(mutex_);
  is_held_ = true;
}

void FakeDatabase::release() {
  {
    const std::lock_guard lock(mutex_);
    is_held_ = false;
  }
  changed_.notify_all();
}

void FakeDatabase::await_queries(std::size_t count) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return queries_.size() >= count; });
}

std::vector<std::vector<std::string>> FakeDatabase::queries() const {
  const std::lock_guard lock(mutex_);
  return queries_;
}

template <typename T>
std::optional<Answer<T>> FakeDatabase::failure() const {
  if (failure_ == Outcome::TemporaryFailure) return Answer<T>::temporary_failure("the database is away");
  if (failure_ == Outcome::PermanentFailure) return Answer<T>::permanent_failure("the schema is wrong");
  return std::nullopt;
}

template <typename Record>
Batch<Record> FakeDatabase::find(const std::map<std::string, Record>& rows,
                                 std::span<const std::string> keys) const {
  std::unique_lock lock(mutex_);
  std::vector<std::optional<Record>> found;
  for (const auto& key : keys) {
    const auto row = rows.find(key);
    found.push_back(row == rows.end() ? std::nullopt : std::optional(row->second));
  }
  queries_.emplace_back(keys.begin(), keys.end());
  changed_.notify_all();
  // What was read before the wait is what is given after it, as a slow server would.
  changed_.wait(lock, [this] { return !is_held_; });
  if (auto failed = failure<std::vector<std::optional<Record>>>()) return std::move(*failed);
  return Batch<Record>::found(std::move(found));
}

Batch<DomainRecord> FakeDatabase::find_domains(std::span<const std::string> names, Deadline) const {
  return find(domains_, names);
}
Batch<MailboxRecord> FakeDatabase::find_mailboxes(std::span<const std::string> usernames, Deadline) const {
  return find(mailboxes_, usernames);
}
Batch<AliasRecord> FakeDatabase::find_aliases(std::span<const std::string> addresses, Deadline) const {
  return find(aliases_, addresses);
}
Batch<AccountRecord> FakeDatabase::find_accounts(std::span<const std::string> usernames, Deadline) const {
  return find(accounts_, usernames);
}
Batch<PolicyRecord> FakeDatabase::find_policies(std::span<const std::string> subjects, Deadline) const {
  return find(policies_, subjects);
}

Answer<QueryRecord> FakeDatabase::find_query(const Query& query, Deadline) const {
  const std::array<std::string, 1> keys{query.key()};
  auto batch = find(query_records_, keys);
  if (!batch.is_found()) return Answer<QueryRecord>::same_failure(batch);
  auto& row = batch.value().front();
  return row ? Answer<QueryRecord>::found(std::move(*row)) : Answer<QueryRecord>::not_found();
}

Answer<LogEnd> FakeDatabase::open(Deadline) {
  const std::lock_guard lock(mutex_);
  if (auto failed = failure<LogEnd>()) return std::move(*failed);
  if (lacks_log_) return Answer<LogEnd>::permanent_failure("a trigger of its change log is missing");
  return Answer<LogEnd>::found({changes_.size(), 0});
}

Answer<std::vector<Change>> FakeDatabase::read_after(std::uint64_t id, Deadline) {
  const std::lock_guard lock(mutex_);
  if (auto failed = failure<std::vector<Change>>()) return std::move(*failed);
  std::vector<Change> page;
  std::copy_if(changes_.begin(), changes_.end(), std::back_inserter(page),
               [&](const Change& change) { return change.id > id && page.size() < kMaxPage; });
  return Answer<std::vector<Change>>::found(std::move(page));
}

void FakeDatabase::prune(Deadline) {}

}  // namespace extmail::tests
