// SPDX-License-Identifier: MIT
#include "mysql/mysql_records.hpp"

#include "core/address.hpp"
#include "mysql/batches.hpp"
#include "mysql/columns.hpp"

#include <algorithm>
#include <utility>

namespace extmail::mysql {
namespace {

const BatchStatements kDomains(kDomainColumns, "domain d", "d.domain");
const BatchStatements kMailboxes(kMailboxColumns, "mailbox m", "m.username");
const BatchStatements kAliases(kAliasColumns, "alias a", "a.address");

const std::string& key_of(const DomainRecord& domain) {
  return domain.name;
}
const std::string& key_of(const MailboxRecord& mailbox) {
  return mailbox.username;
}
const std::string& key_of(const AliasRecord& alias) {
  return alias.address;
}

void read(Columns& columns, DomainRecord& domain) {
  domain = columns.domain();
}
void read(Columns& columns, MailboxRecord& mailbox) {
  mailbox = columns.mailbox();
}
void read(Columns& columns, AliasRecord& alias) {
  alias = columns.alias();
}

template <typename Record>
Batch<Record> find(Pool& pool, const BatchStatements& statements, std::span<const std::string> keys,
                   Deadline deadline) {
  return find_batch<Record>(keys, [&](std::span<const std::string> part) {
    std::vector<std::optional<Record>> found(part.size());
    statements.run(pool, part, deadline, {}, [&](Columns& columns) {
      Record record;
      read(columns, record);
      for (std::size_t i = 0; i < part.size(); ++i) {
        if (same_key(key_of(record), part[i])) found[i] = record;
      }
    });
    return found;
  });
}

/// All that the columns hold, as mysql_table(5) joins it.
std::string join(const std::vector<Row>& rows) {
  std::string joined;
  for (const auto& row : rows) {
    for (const auto& column : row) {
      if (!column || column->empty()) continue;
      if (!joined.empty()) joined += ',';
      joined += *column;
    }
  }
  return joined;
}

}  // namespace

Batch<DomainRecord> MysqlRecords::find_domains(std::span<const std::string> names, Deadline deadline) const {
  return find<DomainRecord>(*pool_, kDomains, names, deadline);
}
Batch<MailboxRecord> MysqlRecords::find_mailboxes(std::span<const std::string> usernames,
                                                  Deadline deadline) const {
  return find<MailboxRecord>(*pool_, kMailboxes, usernames, deadline);
}
Batch<AliasRecord> MysqlRecords::find_aliases(std::span<const std::string> addresses,
                                              Deadline deadline) const {
  return find<AliasRecord>(*pool_, kAliases, addresses, deadline);
}

Answer<QueryRecord> MysqlRecords::find_query(const Query& query, Deadline deadline) const {
  constexpr ResultLimits kLimits{kMaxResultRows, kMaxResultBytes};
  try {
    std::string value = join(pool_->query(query.sql, query.parameters, deadline, kLimits));
    if (value.empty()) return Answer<QueryRecord>::not_found();
    return Answer<QueryRecord>::found({std::move(value)});
  } catch (const DatabaseError& error) {
    if (error.kind() != DatabaseError::Kind::Unstorable) return failed<QueryRecord>(error);
    // Every column can hold plain ASCII: then it is the statement that compares what can't be compared.
    if (std::all_of(query.parameters.begin(), query.parameters.end(), is_ascii))
      return Answer<QueryRecord>::permanent_failure(std::string("database: ") + error.what());
    return Answer<QueryRecord>::not_found();
  }
}

}  // namespace extmail::mysql
