// SPDX-License-Identifier: MIT
#pragma once

#include "core/address_maps.hpp"
#include "core/directory.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace extmail::ctl {

/// What a deployment without the suite answers: Postfix's mysql: tables, and Dovecot's SQL.
///
/// Errors of all: mysql::DatabaseError.
class ClassicAnswers {
 public:
  struct Account {
    bool is_active = false;
    std::string home;     ///< with the mail base
    std::string maildir;  ///< likewise, without a slash at its end
    std::string uid;
    std::string gid;
  };

  virtual ~ClassicAnswers() = default;

  [[nodiscard]] virtual std::vector<std::string> maps() const = 0;
  /// For one key; values of several rows are joined by commas.
  [[nodiscard]] virtual std::optional<std::string> find(const std::string& map, const std::string& key) = 0;
  [[nodiscard]] virtual std::optional<Account> find_account(const std::string& username) = 0;
};

struct Difference {
  std::string question;  ///< a map, `login imap`, `location`
  std::string key;
  std::string classic;  ///< empty: not found, not allowed
  std::string now;      ///< likewise
  std::string reason;   ///< a class: see extmailctl(8)
  std::string detail;   ///< in words
};

/// Asks both sides the same, for one thing of the database after the other.
///
/// Threads: one at a time. The referenced must outlive it. Errors: std::runtime_error where the directory fails: half a
/// comparison would look like differences.
class Comparison {
 public:
  using Take = std::function<void(const Difference&)>;

  Comparison(ClassicAnswers& classic, const Directory& directory, const Clock& clock, const MailRules& rules,
             Take take)
      : classic_(classic),
        directory_(directory),
        clock_(clock),
        rules_(rules),
        maps_(directory, clock, rules),
        take_(std::move(take)) {}

  void compare_domain(const std::string& domain);
  void compare_mailbox(const std::string& username);
  void compare_alias(const std::string& address);

 private:
  void compare_map(const std::string& map, const std::string& key);
  void compare_login(const std::string& username, const MailboxRecord& mailbox,
                     const std::optional<ClassicAnswers::Account>& account);
  void compare_location(const std::string& username, const MailboxRecord& mailbox,
                        const ClassicAnswers::Account& account);
  [[nodiscard]] std::optional<std::string> classic_answer(const std::string& map, const std::string& key);

  struct Reason {
    std::string name;
    std::string detail;
  };
  [[nodiscard]] Reason reason_of(const std::string& map, const std::string& key, bool was_found,
                                 bool is_found);
  [[nodiscard]] std::optional<Reason> reason_of_domain(const std::optional<DomainRecord>& domain) const;
  [[nodiscard]] Reason reason_of(const MailboxRecord& mailbox, Access access) const;
  [[nodiscard]] Deadline deadline() const;

  ClassicAnswers& classic_;
  const Directory& directory_;
  const Clock& clock_;
  const MailRules& rules_;
  const AddressMaps maps_;
  const Take take_;
};

}  // namespace extmail::ctl
