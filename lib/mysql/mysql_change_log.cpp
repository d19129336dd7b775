// SPDX-License-Identifier: MIT
#include "mysql/mysql_change_log.hpp"

#include "mysql/columns.hpp"
#include "mysql/error.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace extmail::mysql {
namespace {

constexpr std::string_view kTriggersSql = "SELECT extmail_change_triggers()";
constexpr std::string_view kNewestSql = "SELECT COALESCE(MAX(id), 0) FROM extmail_change_log";
const std::string kReadSql = "SELECT id, kind, name FROM extmail_change_log WHERE id > ? ORDER BY id LIMIT " +
                             std::to_string(ChangeLog::kMaxPage);

// A day is far more than any reader lags behind. The newest row stays: a server that restarts takes its next id from it.
constexpr std::string_view kPruneSql =
    "DELETE FROM extmail_change_log WHERE written < NOW() - INTERVAL 1 DAY AND id < ? ORDER BY id LIMIT 1000";

constexpr std::string_view kLoginTriggersSql = "SELECT extmail_login_triggers()";
constexpr std::int64_t kLoginTriggers = 6;
constexpr std::string_view kPolicyTriggersSql = "SELECT extmail_policy_triggers()";
constexpr std::int64_t kPolicyTriggers = 3;

/// A table that is restored from a dump comes without its triggers, or with new ones that missed its rows.
constexpr std::chrono::seconds kTriggerCheck{10};
constexpr int kMaxPruneStatements = 2;  // changes are not read meanwhile

std::int64_t query_number(Connection& connection, std::string_view sql) {
  auto rows = connection.query(sql, {});
  return rows.empty() ? 0 : Columns(std::move(rows.front())).number().value_or(0);
}

Change change_of(std::uint64_t id, std::int64_t kind, std::string key) {
  switch (static_cast<ChangeKind>(kind)) {
    case ChangeKind::Mailbox:
      return {id, Table::Mailbox, std::move(key)};
    case ChangeKind::Alias:
      return {id, Table::Alias, std::move(key)};
    case ChangeKind::Policy:
      return {id, Table::Policy, std::move(key)};
    case ChangeKind::Flush:
      return {id, Table::Domain, {}, true};
    case ChangeKind::Domain:
      break;
  }
  // An entry of a kind that is not known drops a row of that key, if there is one: that costs a query at most.
  return {id, Table::Domain, std::move(key)};
}

}  // namespace

bool MysqlChangeLog::has_triggers() {
  return query_number(*connection_, kTriggersSql) >= kChangeTriggers;
}

bool MysqlChangeLog::has_extension_triggers() {
  switch (extension_) {
    case Extension::Logins:
      return query_number(*connection_, kLoginTriggersSql) >= kLoginTriggers;
    case Extension::Policies:
      return query_number(*connection_, kPolicyTriggersSql) >= kPolicyTriggers;
    case Extension::None:
      break;
  }
  return true;
}

Answer<std::uint64_t> MysqlChangeLog::open(Deadline deadline) {
  connection_.reset();
  try {
    connection_ = hosts_->connect(deadline);
  } catch (const DatabaseError& error) {
    // Refused or away: whether there is a log is not known.
    return Answer<std::uint64_t>::temporary_failure(std::string("database: ") + error.what());
  }
  try {
    if (!has_triggers()) return Answer<std::uint64_t>::not_found();
    if (!has_extension_triggers()) {
      const std::string file = extension_ == Extension::Logins ? "login" : "policy";
      return Answer<std::uint64_t>::permanent_failure("a trigger of sql/" + file +
                                                      "_extensions.sql is missing");
    }
    return Answer<std::uint64_t>::found(static_cast<std::uint64_t>(query_number(*connection_, kNewestSql)));
  } catch (const DatabaseError& error) {
    connection_.reset();
    return failed<std::uint64_t>(error);
  }
}

Answer<std::vector<Change>> MysqlChangeLog::read_after(std::uint64_t id, Deadline) {
  using Changes = std::vector<Change>;
  if (!connection_) return Answer<Changes>::temporary_failure("the change log is not open");
  if (!hosts_->is_active(*connection_)) {
    connection_.reset();
    return Answer<Changes>::temporary_failure("another server is asked now");
  }
  const auto asked = Deadline::clock::now();
  try {
    if (const Time now = Time::clock::now(); now >= check_triggers_at_) {
      if (!has_triggers() || !has_extension_triggers()) {
        connection_.reset();
        return Answer<Changes>::temporary_failure("a trigger is gone");
      }
      check_triggers_at_ = now + kTriggerCheck;
    }
    const std::string after = std::to_string(id);
    Changes changes;
    for (auto& row : connection_->query(kReadSql, {after})) {
      Columns columns(std::move(row));
      const auto number = columns.number().value_or(0);
      const auto kind = columns.number().value_or(0);
      changes.push_back(change_of(static_cast<std::uint64_t>(number), kind, columns.text()));
    }
    return Answer<Changes>::found(std::move(changes));
  } catch (const DatabaseError& error) {
    // A lost connection may be made again; who does not answer in time would not greet in time either.
    const bool is_late = Deadline::clock::now() - asked >= hosts_->settings().read_timeout;
    if (is_late) hosts_->note_failure(*connection_, error);
    connection_.reset();
    return failed<Changes>(error);
  }
}

void MysqlChangeLog::prune(Deadline deadline) {
  if (!connection_) return;
  try {
    const std::string newest = std::to_string(query_number(*connection_, kNewestSql));
    for (int i = 0; i < kMaxPruneStatements && Deadline::clock::now() < deadline; ++i) {
      if (connection_->execute(kPruneSql, {newest}) == 0) return;
    }
  } catch (const DatabaseError& error) {
    // A replica may be read-only, and goes on being followed.
    if (error.kind() == DatabaseError::Kind::Lost) connection_.reset();
  }
}

}  // namespace extmail::mysql
