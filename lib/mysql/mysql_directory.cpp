// SPDX-License-Identifier: MIT
#include "mysql/mysql_directory.hpp"

#include "core/address.hpp"
#include "mysql/columns.hpp"

#include <utility>

namespace extmail::mysql {
namespace {

const std::string kDomainSql = std::string("SELECT ") + kDomainColumns + " FROM domain d WHERE d.domain = ?";

// The domain rides along, because every rule about a mailbox asks for it. It is found by the address, not by
// mailbox.domain, which may say something else.
const std::string kMailboxSql = std::string("SELECT ") + kDomainColumns + ", " + kMailboxColumns +
                                " FROM mailbox m LEFT JOIN domain d ON d.domain = ? WHERE m.username = ?";

const std::string kAliasSql = std::string("SELECT ") + kAliasColumns + " FROM alias a WHERE a.address = ?";

/// Runs the query and turns its row into a T by read(columns, key), which also gives the row's key. That has
/// to be what was asked for (the last parameter), because collations take accents and trailing blanks for
/// nothing.
template <typename T, typename Read>
Answer<T> find(Pool& pool, const std::string& sql, const std::vector<std::string_view>& parameters,
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
    if (error.kind() != DatabaseError::Kind::Unstorable) return failed<T>(error);
    // As MysqlRecords: plain ASCII can be stored, so the fault is elsewhere.
    if (std::all_of(parameters.begin(), parameters.end(), is_ascii))
      return Answer<T>::permanent_failure(std::string("database: ") + error.what());
    return Answer<T>::not_found();
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
                               DomainRecord domain = columns.domain();
                               MailboxRecord mailbox = columns.mailbox();
                               if (same_key(domain.name, domain_name)) mailbox.domain = std::move(domain);
                               key = mailbox.username;
                               return mailbox;
                             });
}

Answer<AliasRecord> MysqlDirectory::find_alias(std::string_view address, Deadline deadline) const {
  return find<AliasRecord>(pool_, kAliasSql, {address}, deadline, [](Columns& columns, std::string& key) {
    AliasRecord alias = columns.alias();
    key = alias.address;
    return alias;
  });
}

}  // namespace extmail::mysql
