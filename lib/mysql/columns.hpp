// SPDX-License-Identifier: MIT
#pragma once

#include "core/outcome.hpp"
#include "core/records.hpp"
#include "mysql/connection.hpp"
#include "mysql/error.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace extmail::mysql {

/// The columns that Columns reads a record from, of tables named d, m and a. All daemons' accounts may read them.
inline constexpr const char* kDomainColumns =
    "d.domain, d.active, d.expiredate, d.disablesmtpd, d.disablesmtp, d.disablewebmail, d.disableimap, "
    "d.disablepop3, d.transport";
inline constexpr const char* kMailboxColumns =
    "m.username, m.active, m.expiredate, m.disablesmtpd, m.disablesmtp, m.disablewebmail, m.disableimap, "
    "m.disablepop3, m.maildir, m.homedir, m.mailhost, m.quota, m.uidnumber, m.gidnumber";
inline constexpr const char* kAliasColumns = "a.address, a.goto, a.active";

/// Hands out a row's columns from left to right. The row is wiped at the end: it may hold a password.
class Columns {
 public:
  explicit Columns(Row row) : row_(std::move(row)) {}
  Columns(const Columns&) = delete;
  Columns& operator=(const Columns&) = delete;
  ~Columns();

  [[nodiscard]] std::string text() { return next().value_or(std::string()); }
  [[nodiscard]] Secret secret();
  /// Empty for NULL and for what is no number.
  [[nodiscard]] std::optional<std::int64_t> number();
  /// `YYYY-MM-DD`; empty for NULL and for dates that stand for "never".
  [[nodiscard]] std::string date();

  [[nodiscard]] DomainRecord domain();
  [[nodiscard]] MailboxRecord mailbox();  ///< without its domain
  [[nodiscard]] WebmailProfile profile();
  [[nodiscard]] AliasRecord alias();

 private:
  const std::optional<std::string>& next() { return row_.at(next_++); }
  bool flag() { return number().value_or(0) != 0; }
  DisabledServices disabled() { return {flag(), flag(), flag(), flag(), flag()}; }

  Row row_;
  std::size_t next_ = 0;
};

/// What a database fault means to those who asked.
template <typename T>
[[nodiscard]] Answer<T> failed(const DatabaseError& error) {
  const std::string reason = std::string("database: ") + error.what();
  return error.kind() == DatabaseError::Kind::Misconfigured ? Answer<T>::permanent_failure(reason)
                                                            : Answer<T>::temporary_failure(reason);
}

}  // namespace extmail::mysql
