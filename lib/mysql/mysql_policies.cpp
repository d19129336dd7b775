// SPDX-License-Identifier: MIT
#include "mysql/mysql_policies.hpp"

#include <utility>
#include <vector>

namespace extmail::mysql {
namespace {

/// Read for all subjects of a batch at once; one more than a subject may have, so that too many are noticed.
constexpr std::size_t kMaxRows = MysqlPolicies::kMaxEntries + 1;

using Found = std::vector<std::optional<PolicyRecord>>;

std::size_t bytes_of(const PolicyRecord& policy) {
  std::size_t bytes = 0;
  for (const auto& entry : policy.entries)
    bytes += entry.kind.size() + entry.value.size();
  return bytes;
}

PolicyRecord too_much(const std::string& subject) {
  PolicyRecord policy;
  policy.fault = subject + " has more than " + std::to_string(MysqlPolicies::kMaxEntries) + " rows or " +
                 std::to_string(MysqlPolicies::kMaxBytes >> 10U) + " KiB in extmail_policy; delete some";
  return policy;
}

/// Reads what the subjects have; half of them at once, and so on, where that is too much, so that one with far too many rows
/// spoils no other's answer.
void read(const BatchStatements& statements, Pool& pool, std::span<const std::string> subjects,
          std::span<std::optional<PolicyRecord>> found, Deadline deadline) {
  std::size_t rows = 0;
  statements.run(pool, subjects, deadline, {}, [&](Columns& columns) {
    ++rows;
    const std::string subject = columns.text();
    for (std::size_t i = 0; i < subjects.size(); ++i) {
      if (!same_key(subject, subjects[i])) continue;
      if (!found[i]) found[i].emplace();
      std::string kind = columns.text();
      found[i]->entries.push_back({std::move(kind), columns.text()});
      return;
    }
  });
  if (rows == kMaxRows && subjects.size() > 1) {
    for (auto& policy : found)
      policy.reset();
    const std::size_t half = subjects.size() / 2;
    read(statements, pool, subjects.first(half), found.first(half), deadline);
    read(statements, pool, subjects.subspan(half), found.subspan(half), deadline);
    return;
  }
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    if (found[i] && (rows == kMaxRows || bytes_of(*found[i]) > MysqlPolicies::kMaxBytes))
      found[i] = too_much(subjects[i]);
  }
}

}  // namespace

MysqlPolicies::MysqlPolicies(std::shared_ptr<Pool> pool)
    : MysqlRecords(std::move(pool)),
      statements_("p.subject, p.kind, p.value", "extmail_policy p", "p.subject",
                  " AND p.active = 1 ORDER BY p.id LIMIT " + std::to_string(kMaxRows)) {}

Batch<PolicyRecord> MysqlPolicies::find_policies(std::span<const std::string> subjects,
                                                 Deadline deadline) const {
  return find_batch<PolicyRecord>(subjects, [&](std::span<const std::string> keys) {
    Found found(keys.size());
    read(statements_, pool(), keys, found, deadline);
    return found;
  });
}

}  // namespace extmail::mysql
