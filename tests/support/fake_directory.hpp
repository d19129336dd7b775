// SPDX-License-Identifier: MIT
#pragma once

#include "core/directory.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace extmail::tests {

/// The schema in memory, filled by a test in a few words.
///
/// fail_with() makes every question end in that failure. queries counts questions, to show which keys never
/// cost one.
class FakeDirectory final : public Directory {
 public:
  DomainRecord& add_domain(const std::string& name);

  /// Active, with its domain's row if add_domain() was called before.
  MailboxRecord& add_mailbox(const std::string& username, const std::string& password = "{PLAIN}secret");
  AliasRecord& add_alias(const std::string& address, const std::string& targets);

  void fail_with(Outcome outcome) { failure_ = outcome; }

  /// The same rows as INSERT statements.
  [[nodiscard]] std::string sql() const;

  [[nodiscard]] Answer<DomainRecord> find_domain(std::string_view name, Deadline deadline) const override;
  [[nodiscard]] Answer<MailboxRecord> find_mailbox(std::string_view username,
                                                   Deadline deadline) const override;
  [[nodiscard]] Answer<AliasRecord> find_alias(std::string_view address, Deadline deadline) const override;

  mutable int queries = 0;

 private:
  template <typename Row>
  [[nodiscard]] Answer<Row> find(const std::map<std::string, Row>& rows, std::string_view key) const;

  std::map<std::string, DomainRecord> domains_;
  std::map<std::string, MailboxRecord> mailboxes_;
  std::map<std::string, AliasRecord> aliases_;
  std::map<std::string, std::string>
      goto_;  // of the aliases, with the separators that they were written with
  std::map<std::string, std::string> passwords_;
  std::optional<Outcome> failure_;
};

/// The table extmail_policy in memory.
class FakePolicies final : public PolicyDirectory {
 public:
  void add(const std::string& subject, const std::string& kind, const std::string& value) {
    policies_[subject].entries.push_back({kind, value});
  }
  /// Makes a subject's policies unusable.
  void spoil(const std::string& subject, const std::string& fault) { policies_[subject].fault = fault; }
  void fail_with(Outcome outcome) { failure_ = outcome; }

  [[nodiscard]] Answer<PolicyRecord> find_policy(std::string_view subject, Deadline deadline) const override;

  mutable int queries = 0;

 private:
  std::map<std::string, PolicyRecord, std::less<>> policies_;
  std::optional<Outcome> failure_;
};

/// A clock that stands where a test puts it. It may be put forward while others read the time.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(std::string today = "2026-06-15") : today_(std::move(today)) {}

  [[nodiscard]] std::chrono::steady_clock::time_point now() const override { return now_; }
  [[nodiscard]] std::string today() const override { return today_; }

  void advance(std::chrono::steady_clock::duration by) { now_ = now_.load() + by; }
  void set_today(std::string date) { today_ = std::move(date); }

 private:
  std::atomic<std::chrono::steady_clock::time_point> now_{};
  std::string today_;
};

}  // namespace extmail::tests
