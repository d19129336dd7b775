// SPDX-License-Identifier: MIT
#include "mysql/mysql_directory.hpp"

#include "core/address.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

namespace extmail::mysql {
namespace {

constexpr const char* kDomainSql =
    "SELECT domain, active, expiredate, disablesmtpd, disablesmtp, disablewebmail, disableimap, disablepop3, "
    "transport FROM domain WHERE domain = ?";

// The domain rides along, because every rule about a mailbox asks for it. It is found by the address, not by
// mailbox.domain, which may say something else.
constexpr const char* kMailboxSql =
    "SELECT d.domain, d.active, d.expiredate, d.disablesmtpd, d.disablesmtp, d.disablewebmail, "
    "d.disableimap, d.disablepop3, d.transport, m.username, m.active, m.expiredate, m.disablesmtpd, "
    "m.disablesmtp, m.disablewebmail, m.disableimap, m.disablepop3, m.maildir, m.homedir, m.mailhost, "
    "m.quota, m.uidnumber, m.gidnumber "
    "FROM mailbox m LEFT JOIN domain d ON d.domain = ? WHERE m.username = ?";

constexpr const char* kAliasSql = "SELECT address, goto, active FROM alias WHERE address = ?";

constexpr const char* kPasswordSql = "SELECT username, password, clearpwd FROM mailbox WHERE username = ?";

/// Hands out a row's columns from left to right. The row is wiped at the end: it may hold a password.
class Columns {
 public:
  explicit Columns(Row row) : row_(std::move(row)) {}
  Columns(const Columns&) = delete;
  Columns& operator=(const Columns&) = delete;
  ~Columns() {
    for (auto& column : row_) {
      if (column) wipe(*column);
    }
  }

  std::string text() { return next().value_or(std::string()); }
  Secret secret() {
    const auto& column = next();
    return Secret(column ? std::string_view(*column) : std::string_view());
  }
  std::optional<std::int64_t> number() {
    const auto& column = next();
    std::int64_t value = 0;
    if (!column) return std::nullopt;
    const auto [end, error] = std::from_chars(column->data(), column->data() + column->size(), value);
    if (error != std::errc() || end == column->data()) return std::nullopt;
    return value;
  }
  bool flag() { return number().value_or(0) != 0; }

  /// The date part; empty for NULL and for dates that stand for "never".
  std::string date() {
    constexpr std::size_t kDateBytes = std::string_view("YYYY-MM-DD").size();
    std::string value = text().substr(0, kDateBytes);
    return value.size() < kDateBytes || value.substr(0, 4) == "0000" ? std::string() : value;
  }

  DisabledServices disabled() { return {flag(), flag(), flag(), flag(), flag()}; }

  DomainRecord domain() { return {text(), flag(), date(), disabled(), text()}; }

 private:
  const std::optional<std::string>& next() { return row_.at(next_++); }

  Row row_;
  std::size_t next_ = 0;
};

template <typename T>
Answer<T> failed(const DatabaseError& error) {
  const std::string reason = std::string("database: ") + error.what();
  return error.kind() == DatabaseError::Kind::Misconfigured ? Answer<T>::permanent_failure(reason)
                                                            : Answer<T>::temporary_failure(reason);
}

/// Runs the query and turns its row into a T by read(columns, key), which also gives the row's key. That has
/// to be what was asked for (the last parameter), because collations take accents and trailing blanks for
/// nothing.
template <typename T, typename Read>
Answer<T> find(Pool& pool, const char* sql, const std::vector<std::string_view>& parameters,
               Deadline deadline, Read read) {
  try {
    auto row = pool.query_row(sql, parameters, deadline);
    if (!row) return Answer<T>::not_found();
    Columns columns(std::move(*row));
    std::string key;
    T record = read(columns, key);
    if (!same_key(key, parameters.back())) return Answer<T>::not_found();
    return Answer<T>::found(std::move(record));
  } catch (const DatabaseError& error) {
    if (error.kind() == DatabaseError::Kind::Unstorable) return Answer<T>::not_found();
    return failed<T>(error);
  }
}

}  // namespace

Answer<DomainRecord> MysqlDirectory::find_domain(std::string_view name, Deadline deadline) const {
  return find<DomainRecord>(pool_, kDomainSql, {name}, deadline, [](Columns& columns, std::string& key) {
    DomainRecord domain = columns.domain();
    key = domain.name;
    return domain;
  });
}

Answer<MailboxRecord> MysqlDirectory::find_mailbox(std::string_view username, Deadline deadline) const {
  const std::string_view domain_name = username.substr(username.rfind('@') + 1);
  return find<MailboxRecord>(pool_, kMailboxSql, {domain_name, username}, deadline,
                             [&](Columns& columns, std::string& key) {
                               MailboxRecord mailbox;
                               DomainRecord domain = columns.domain();
                               if (same_key(domain.name, domain_name)) mailbox.domain = std::move(domain);
                               mailbox.username = key = columns.text();
                               mailbox.active = columns.flag();
                               mailbox.expires = columns.date();
                               mailbox.disabled = columns.disabled();
                               mailbox.maildir = columns.text();
                               mailbox.homedir = columns.text();
                               mailbox.mailhost = columns.text();
                               mailbox.quota = columns.text();
                               mailbox.uidnumber = columns.number();
                               mailbox.gidnumber = columns.number();
                               return mailbox;
                             });
}

Answer<AliasRecord> MysqlDirectory::find_alias(std::string_view address, Deadline deadline) const {
  return find<AliasRecord>(pool_, kAliasSql, {address}, deadline, [](Columns& columns, std::string& key) {
    AliasRecord alias;
    alias.address = key = columns.text();
    alias.targets = split_goto(columns.text());
    alias.active = columns.flag();
    return alias;
  });
}

Answer<StoredPassword> MysqlPasswordDirectory::find_password(std::string_view username,
                                                             Deadline deadline) const {
  return find<StoredPassword>(pool_, kPasswordSql, {username}, deadline,
                              [](Columns& columns, std::string& key) {
                                key = columns.text();
                                StoredPassword stored;
                                stored.password = columns.secret();
                                stored.clear = columns.secret();
                                return stored;
                              });
}

}  // namespace extmail::mysql
