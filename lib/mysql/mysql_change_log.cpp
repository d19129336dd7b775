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
const std::string kSettledSql =
    "COALESCE((SELECT id FROM extmail_change_log WHERE written < NOW() - INTERVAL " +
    std::to_string(ChangeLog::kMaxTransaction.count()) +
    " MINUTE ORDER BY written DESC, id DESC LIMIT 1), 0)";
const std::string kEndSql = "SELECT COALESCE(MAX(id), 0), " + kSettledSql + " FROM extmail_change_log";
const std::string kReadSql = "SELECT id, kind, name FROM extmail_change_log WHERE id > ? ORDER BY id LIMIT " +
                             std::to_string(ChangeLog::kMaxPage);

// A day is far more than any reader lags behind. The last settled row stays, and with it the newest: a server that restarts
// takes its next id from that.
constexpr std::string_view kPruneSql =
    "DELETE FROM extmail_change_log WHERE written < NOW() - INTERVAL 1 DAY AND id < ? ORDER BY id LIMIT 1000";

constexpr std::string_view kLoginTriggersSql = "SELECT extmail_login_triggers()";
constexpr std::int64_t kLoginTriggers = 6;
constexpr std::string_view kPolicyTriggersSql = "SELECT extmail_policy_triggers()";
constexpr std::int64_t kPolicyTriggers = 3;

/// A table that is restored from a dump comes without its triggers, or with new ones that missed its rows.
constexpr std::chrono::seconds kTableCheck{10};
constexpr std::string_view kMadeAtSql =
    "SELECT GROUP_CONCAT(TABLE_NAME, CREATE_TIME ORDER BY TABLE_NAME) FROM information_schema.TABLES"
    " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN"
    " ('domain', 'mailbox', 'alias', 'extmail_app_password', 'extmail_user_field', 'extmail_policy')";

constexpr const char* kLoad =
    "; load sql/change_log.sql, and sql/login_extensions.sql if it is used, then give the rights that "
    "sql/README.md names";
constexpr int kMaxPruneStatements = 2;  // changes are not read meanwhile

/// Of a statement that gives one row.
Columns query_row(Connection& connection, std::string_view sql) {
  auto rows = connection.query(sql, {});
  if (rows.empty()) throw DatabaseError(DatabaseError::Kind::Lost, "a function of the server gave no row");
  return Columns(std::move(rows.front()));
}

std::int64_t query_number(Connection& connection, std::string_view sql) {
  return query_row(connection, sql).number().value_or(0);
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

bool MysqlChangeLog::is_complete() {
  return has_triggers() && has_extension_triggers() && query_row(*connection_, kMadeAtSql).text() == made_at_;
}

Answer<LogEnd> MysqlChangeLog::open(Deadline deadline) {
  connection_.reset();
  try {
    // Rows come over other connections: where there is no room for one more, that is no reason to ask another server.
    constexpr bool kHasOthers = true;
    connection_ = hosts_->connect(deadline, kHasOthers);
  } catch (const DatabaseError& error) {
    const std::string reason = std::string("database: ") + error.what();
    if (error.kind() == DatabaseError::Kind::Busy) return Answer<LogEnd>::permanent_failure(reason);
    // Refused or away: whether there is a log is not known.
    return Answer<LogEnd>::temporary_failure(reason);
  }
  try {
    return find_end();
  } catch (const DatabaseError& error) {
    // One that greets and answers no question would greet again.
    if (error.kind() == DatabaseError::Kind::Lost) hosts_->note_failure(*connection_, error);
    connection_.reset();
    if (error.kind() != DatabaseError::Kind::Misconfigured) return failed<LogEnd>(error);
    return Answer<LogEnd>::permanent_failure(std::string("database: ") + error.what() + kLoad);
  }
}

Answer<LogEnd> MysqlChangeLog::find_end() {
  if (!has_triggers())
    return Answer<LogEnd>::permanent_failure(std::string("a trigger of its change log is missing") + kLoad);
  if (!has_extension_triggers()) {
    const std::string file = extension_ == Extension::Logins ? "login" : "policy";
    return Answer<LogEnd>::permanent_failure("a trigger of sql/" + file + "_extensions.sql is missing" +
                                             kLoad);
  }
  made_at_ = query_row(*connection_, kMadeAtSql).text();
  check_tables_at_ = Time::clock::now() + kTableCheck;
  Columns end = query_row(*connection_, kEndSql);
  const auto newest = static_cast<std::uint64_t>(end.number().value_or(0));
  return Answer<LogEnd>::found({newest, static_cast<std::uint64_t>(end.number().value_or(0))});
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
    if (const Time now = Time::clock::now(); now >= check_tables_at_) {
      if (!is_complete()) {
        connection_.reset();
        return Answer<Changes>::temporary_failure("a table was made anew, or lost a trigger");
      }
      check_tables_at_ = now + kTableCheck;
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
    const std::string settled = std::to_string(query_number(*connection_, "SELECT " + kSettledSql));
    for (int i = 0; i < kMaxPruneStatements && Deadline::clock::now() < deadline; ++i) {
      if (connection_->execute(kPruneSql, {settled}) == 0) return;
    }
  } catch (const DatabaseError& error) {
    // A replica may be read-only, and goes on being followed.
    if (error.kind() == DatabaseError::Kind::Lost) connection_.reset();
  }
}

}  // namespace extmail::mysql
