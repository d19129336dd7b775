// SPDX-License-Identifier: MIT
#include "mysql/mysql_records.hpp"

#include "core/address.hpp"
#include "mysql/columns.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace extmail::mysql {
namespace {

/// A batch is filled up to one of these, so that a connection prepares few statements.
constexpr std::array<std::size_t, 4> kSizes{1, 4, 16, RecordSource::kMaxBatch};

/// `SELECT … WHERE key IN (?, …)` for each size.
using Statements = std::array<std::string, kSizes.size()>;

Statements statements(const std::string& columns, const std::string& table, const std::string& key) {
  const std::string start = "SELECT " + columns + " FROM " + table + " WHERE " + key + " IN (?";
  Statements all;
  for (std::size_t i = 0; i < kSizes.size(); ++i) {
    all[i] = start;
    for (std::size_t more = 1; more < kSizes[i]; ++more)
      all[i] += ",?";
    all[i] += ')';
  }
  return all;
}

const Statements kDomains = statements(kDomainColumns, "domain d", "d.domain");
const Statements kMailboxes = statements(kMailboxColumns, "mailbox m", "m.username");
const Statements kAliases = statements(kAliasColumns, "alias a", "a.address");

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
std::vector<std::optional<Record>> query(Pool& pool, const Statements& statements,
                                         std::span<const std::string> keys, Deadline deadline) {
  const auto* const size = std::lower_bound(kSizes.begin(), kSizes.end(), keys.size());
  std::vector<std::string_view> parameters(keys.begin(), keys.end());
  parameters.resize(*size, parameters.back());
  const std::string& sql = statements.at(static_cast<std::size_t>(size - kSizes.begin()));

  std::vector<std::optional<Record>> found(keys.size());
  for (auto& row : pool.query(sql, parameters, deadline)) {
    Columns columns(std::move(row));
    Record record;
    read(columns, record);
    // Collations take accents and trailing blanks for nothing: a row may match that nobody asked for.
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (same_key(key_of(record), keys[i])) found[i] = record;
    }
  }
  return found;
}

template <typename Record>
Batch<Record> find(Pool& pool, const Statements& statements, std::span<const std::string> keys,
                   Deadline deadline) {
  using Found = std::vector<std::optional<Record>>;
  if (keys.empty()) return Batch<Record>::found({});
  try {
    return Batch<Record>::found(query<Record>(pool, statements, keys, deadline));
  } catch (const DatabaseError& error) {
    if (error.kind() != DatabaseError::Kind::Unstorable) return failed<Found>(error);
    // Every column can hold plain ASCII: then it is the table, a view perhaps, that compares what can't be compared.
    if (keys.size() == 1 && is_ascii(keys.front()))
      return Batch<Record>::permanent_failure(std::string("database: ") + error.what());
    if (keys.size() == 1) return Batch<Record>::found(Found(1));
  }
  // One of them is to blame, and the others want their answers.
  Found found;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    auto one = find<Record>(pool, statements, keys.subspan(i, 1), deadline);
    if (!one.is_found()) return one;
    found.push_back(std::move(one.value().front()));
  }
  return Batch<Record>::found(std::move(found));
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
