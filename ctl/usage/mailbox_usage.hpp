// SPDX-License-Identifier: MIT
#pragma once

#include "core/mail_location.hpp"
#include "core/mail_usage.hpp"
#include "mysql/connection.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace extmail::ctl {

/// What a mailbox is given, and what it holds.
struct MailboxUsage {
  enum class Source : std::uint8_t {
    None,     ///< nobody has counted it, or it is on another host
    Table,    ///< extmail_mail_usage
    Maildir,  ///< maildirsize, on this host
  };
  std::string name;  ///< as stored
  bool is_active = false;
  std::uint64_t quota_bytes = 0;  ///< 0: unlimited
  std::optional<Usage> used;
  Source source = Source::None;
  std::string last_login;  ///< `YYYY-MM-DD hh:mm:ss`, in the server's time zone; empty where none is known

  /// Of its quota; empty where that is unlimited, or the usage not known.
  [[nodiscard]] std::optional<std::uint64_t> percent() const;
};

/// How much of a whole that is, in percent, rounded down; one that is beyond all numbers is 2^64 - 1.
[[nodiscard]] std::uint64_t percent_of(std::uint64_t part, std::uint64_t whole);

/// Reads all mailboxes, or a domain's, page by page: in little memory, however many there are.
class UsageReader {
 public:
  /// Mailboxes a page: one query each for rows, usage and last logins.
  static constexpr std::size_t kPageRows = 500;

  /// database and settings must outlive it. What is in no table is looked for below the mail base, where this host has it.
  UsageReader(mysql::Connection& database, const MailSettings& settings);

  /// Calls take for each, in the order of their names. An empty domain is all.
  /// Errors: mysql::DatabaseError.
  void read(const std::string& domain, const std::function<void(MailboxUsage&&)>& take);

  /// Mailboxes on this host whose maildirsize could not be read, and why not the first of them.
  struct Unreadable {
    std::size_t count = 0;
    std::string reason;
  };
  [[nodiscard]] const Unreadable& unreadable() const { return unreadable_; }

 private:
  struct Page;
  [[nodiscard]] Page read_page(const std::string& domain, const std::string& after);
  void add_table(Page& page);
  void add_last_logins(Page& page);
  void add_maildirs(Page& page);

  mysql::Connection& database_;
  const MailSettings& settings_;
  const bool has_usage_;
  const bool has_logins_;
  const bool has_mail_base_;
  Unreadable unreadable_;
};

}  // namespace extmail::ctl
