// SPDX-License-Identifier: MIT
#pragma once

#include "core/directory.hpp"
#include "core/record_source.hpp"

#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace extmail {

/// A directory that asks its source each time, for one row after the other: what a cache gives, without one.
///
/// Outcomes and threads as the source.
class RecordsDirectory final : public Directory, public AccountDirectory {
 public:
  /// source must outlive the directory.
  explicit RecordsDirectory(const RecordSource& source) : source_(source) {}

  [[nodiscard]] Answer<DomainRecord> find_domain(std::string_view name, Deadline deadline) const override {
    return first(source_.find_domains(key_of(name), deadline));
  }
  [[nodiscard]] Answer<MailboxRecord> find_mailbox(std::string_view username,
                                                   Deadline deadline) const override {
    auto mailbox = first(source_.find_mailboxes(key_of(username), deadline));
    if (!mailbox.is_found()) return mailbox;
    const auto domain = find_domain(username.substr(username.rfind('@') + 1), deadline);
    if (domain.is_failure()) return Answer<MailboxRecord>::same_failure(domain);
    if (domain.is_found()) mailbox.value().domain = domain.value();
    return mailbox;
  }
  [[nodiscard]] Answer<AccountRecord> find_account(std::string_view username,
                                                   Deadline deadline) const override {
    auto account = first(source_.find_accounts(key_of(username), deadline));
    if (!account.is_found()) return account;
    const auto domain = find_domain(username.substr(username.rfind('@') + 1), deadline);
    if (domain.is_failure()) return Answer<AccountRecord>::same_failure(domain);
    if (domain.is_found()) account.value().mailbox.domain = domain.value();
    return account;
  }
  [[nodiscard]] Answer<AliasRecord> find_alias(std::string_view address, Deadline deadline) const override {
    return first(source_.find_aliases(key_of(address), deadline));
  }

 private:
  static std::array<std::string, 1> key_of(std::string_view key) { return {std::string(key)}; }

  template <typename Record>
  static Answer<Record> first(Batch<Record> batch) {
    if (!batch.is_found()) return Answer<Record>::same_failure(batch);
    auto& row = batch.value().front();
    return row ? Answer<Record>::found(std::move(*row)) : Answer<Record>::not_found();
  }

  const RecordSource& source_;
};

}  // namespace extmail
