// SPDX-License-Identifier: MIT
#include "ctl/migrate/read_schema.hpp"

#include "core/printable.hpp"
#include "ctl/changes.hpp"
#include "ctl/migrate/catalogue.hpp"
#include "ctl/migrate/scripts.hpp"
#include "ctl/migrate/text_plan.hpp"
#include "ctl/problem.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

namespace extmail::ctl {
namespace {

constexpr std::size_t kMaxSampleBytes = 120;
constexpr std::array<std::string_view, 4> kSecretColumns{"password", "clearpwd", "question", "answer"};

/// A column of a row that was asked for by number.
std::string text_of(const mysql::Row& row, std::size_t column) {
  return row.at(column).value_or("");
}

std::uint64_t number_of(const mysql::Row& row, std::size_t column) {
  const std::string text = text_of(row, column);
  return text.empty() ? 0 : std::stoull(text);
}

class Reader {
 public:
  Reader(mysql::Connection& connection, std::string other_bytes)
      : connection_(connection), other_bytes_(std::move(other_bytes)) {}

  SchemaFacts read() {
    if (!other_bytes_.empty()) check_charset();
    const auto server = connection_.query("SELECT VERSION(), DATABASE()", {}).front();
    is_mariadb_ = text_of(server, 0).find("MariaDB") != std::string::npos;
    facts_.database = text_of(server, 1);
    read_tables();
    read_columns();
    read_indexes();
    read_programs();
    read_own_rights();
    if (facts_.may_make_accounts) read_accounts();
    for (const auto& target : table_targets(kSchemaScript)) {
      if (const auto table = facts_.tables.find(target.name); table != facts_.tables.end())
        read_text(target, table->second);
    }
    return std::move(facts_);
  }

 private:
  void check_charset() {
    if (connection_
            .query("SELECT 1 FROM information_schema.CHARACTER_SETS WHERE CHARACTER_SET_NAME = ?",
                   {other_bytes_})
            .empty())
      throw Misuse("the server knows no character set " + printable(other_bytes_, kMaxSampleBytes));
  }

  void read_tables() {
    connection_.for_each(
        "SELECT TABLE_NAME, ENGINE, UPPER(ROW_FORMAT), SUBSTRING_INDEX(TABLE_COLLATION, '_', 1) "
        "FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE'",
        {}, [&](mysql::Row& row) {
          auto& table = facts_.tables[text_of(row, 0)];
          table.engine = text_of(row, 1);
          table.row_format = text_of(row, 2);
          table.charset = text_of(row, 3);
        });
  }

  void read_columns() {
    connection_.for_each(
        "SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, CHARACTER_SET_NAME, CHARACTER_MAXIMUM_LENGTH, "
        "IS_NULLABLE, COLUMN_DEFAULT, EXTRA, COLUMN_COMMENT FROM information_schema.COLUMNS "
        "WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME, ORDINAL_POSITION",
        {}, [&](mysql::Row& row) {
          const auto table = facts_.tables.find(text_of(row, 0));
          if (table == facts_.tables.end()) return;  // a view
          ColumnFacts column;
          column.name = text_of(row, 1);
          column.type = text_of(row, 2);
          column.charset = text_of(row, 3);
          column.characters = number_of(row, 4);
          column.is_nullable = text_of(row, 5) == "YES";
          column.initial = initial_of(row.at(6), text_of(row, 7));
          column.comment = text_of(row, 8);
          table->second.columns.push_back(std::move(column));
        });
  }

  /// MariaDB tells a default as SQL has it, MySQL the bare value.
  [[nodiscard]] std::optional<std::string> initial_of(const std::optional<std::string>& told,
                                                      const std::string& extra) const {
    if (!told || is_mariadb_) return told;
    if (extra.find("DEFAULT_GENERATED") == std::string::npos) return sql_literal(told);
    // An expression comes with its character set and escaped quotes: `_utf8mb4\'\'`.
    std::string text = *told;
    for (std::size_t at = text.find("\\'"); at != std::string::npos; at = text.find("\\'", at))
      text.erase(at, 1);
    return text;
  }

  void read_indexes() {
    connection_.for_each(
        "SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.STATISTICS "
        "WHERE TABLE_SCHEMA = DATABASE() AND SEQ_IN_INDEX = 1",
        {}, [&](mysql::Row& row) {
          if (const auto table = facts_.tables.find(text_of(row, 0)); table != facts_.tables.end())
            table->second.indexed.insert(text_of(row, 1));
        });
  }

  void read_programs() {
    connection_.for_each(
        "SELECT TRIGGER_NAME, ACTION_STATEMENT FROM information_schema.TRIGGERS "
        "WHERE TRIGGER_SCHEMA = DATABASE()",
        {}, [&](mysql::Row& row) { facts_.triggers.emplace(text_of(row, 0), text_of(row, 1)); });
    connection_.for_each(
        "SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE()", {},
        [&](mysql::Row& row) { facts_.routines.insert(text_of(row, 0)); });
  }

  void read_own_rights() {
    const std::string me =
        "(SELECT CONCAT('''', SUBSTRING_INDEX(CURRENT_USER(), '@', 1), '''@''', "
        "SUBSTRING_INDEX(CURRENT_USER(), '@', -1), ''''))";
    bool makes_accounts = false;
    bool gives_rights = false;
    connection_.for_each(
        "SELECT PRIVILEGE_TYPE, IS_GRANTABLE FROM information_schema.USER_PRIVILEGES WHERE GRANTEE = " + me,
        {}, [&](mysql::Row& row) {
          facts_.own_rights.insert(text_of(row, 0));
          makes_accounts = makes_accounts || text_of(row, 0) == "CREATE USER";
          gives_rights = gives_rights || text_of(row, 1) == "YES";
        });
    facts_.may_make_accounts = makes_accounts && gives_rights;
    connection_.for_each(
        "SELECT PRIVILEGE_TYPE FROM information_schema.SCHEMA_PRIVILEGES "
        "WHERE DATABASE() LIKE TABLE_SCHEMA AND GRANTEE = " +
            me,
        {}, [&](mysql::Row& row) { facts_.own_rights.insert(text_of(row, 0)); });
  }

  void read_accounts() {
    connection_.for_each(
        "SELECT DISTINCT GRANTEE FROM information_schema.USER_PRIVILEGES "
        "WHERE GRANTEE LIKE '''extmail|_%''@''localhost''' ESCAPE '|'",
        {}, [&](mysql::Row& row) { facts_.accounts.emplace(name_of(text_of(row, 0)), AccountFacts{}); });
    const auto take = [&](mysql::Row& row) {
      if (const auto account = facts_.accounts.find(name_of(text_of(row, 0)));
          account != facts_.accounts.end())
        account->second.rights.insert(text_of(row, 1) + ' ' + text_of(row, 2));
    };
    connection_.for_each(
        "SELECT GRANTEE, PRIVILEGE_TYPE, TABLE_NAME FROM information_schema.TABLE_PRIVILEGES "
        "WHERE TABLE_SCHEMA = DATABASE()",
        {}, take);
    connection_.for_each(
        "SELECT GRANTEE, PRIVILEGE_TYPE, CONCAT(TABLE_NAME, '.', COLUMN_NAME) "
        "FROM information_schema.COLUMN_PRIVILEGES WHERE TABLE_SCHEMA = DATABASE()",
        {}, take);
    connection_.for_each(
        "SELECT CONCAT('''', User, '''@''', Host, ''''), 'EXECUTE', Routine_name FROM mysql.procs_priv "
        "WHERE Db = DATABASE() AND FIND_IN_SET('Execute', Proc_priv)",
        {}, take);
  }

  /// `'extmail_mapd'@'localhost'` without what is the same for all of ours; other accounts keep their quotes.
  static std::string name_of(const std::string& grantee) {
    constexpr std::string_view kEnd = "'@'localhost'";
    if (!grantee.starts_with('\'') || !grantee.ends_with(kEnd)) return grantee;
    return grantee.substr(1, grantee.size() - 1 - kEnd.size());
  }

  void read_text(const TableTarget& target, TableFacts& table) {
    std::vector<ColumnFacts*> columns;
    std::string sums;
    for (auto& column : table.columns) {
      if (!is_text_column(target, column)) continue;
      columns.push_back(&column);
      const std::string name = '`' + column.name + '`';
      const std::string bytes = "CAST(" + name + " AS BINARY)";
      const std::string utf8 = is_valid(bytes, "utf8mb4");
      const std::string not_ascii = is_not_ascii(bytes);
      const std::string legacy = other_bytes_.empty() ? "0" : is_legacy(bytes, utf8);
      const std::string doubled = column.charset.starts_with("utf8") ? is_doubled(column.name) : "0";
      for (const auto& condition :
           {not_ascii, not_ascii + " AND " + utf8, not_ascii + " AND " + legacy, doubled})
        sums.append(sums.empty() ? "" : ", ").append("SUM(COALESCE(").append(condition).append(", 0))");
    }
    if (columns.empty()) return;
    const auto counts = connection_.query("SELECT " + sums + " FROM `" + target.name + '`', {}).front();
    std::size_t next = 0;
    for (auto* column : columns) {
      auto& text = column->text;
      text.not_ascii = number_of(counts, next++);
      text.utf8 = number_of(counts, next++);
      text.legacy = number_of(counts, next++);
      text.doubled = number_of(counts, next++);
      read_samples(target, *column);
    }
  }

  /// Through utf8mb4 and back, because some characters have no counterpart there.
  [[nodiscard]] std::string is_legacy(const std::string& bytes, const std::string& utf8) const {
    std::string sql = "NOT ";
    sql.append(utf8).append(" AND COALESCE(CAST(CONVERT(CONVERT(CONVERT(").append(bytes);
    sql.append(" USING ").append(other_bytes_).append(") USING utf8mb4) USING ").append(other_bytes_);
    return sql.append(") AS BINARY) = ").append(bytes).append(", 0)");
  }

  void read_samples(const TableTarget& target, ColumnFacts& column) {
    const bool is_secret =
        std::find(kSecretColumns.begin(), kSecretColumns.end(), column.name) != kSecretColumns.end();
    if (is_secret || column.charset.empty()) return;
    const std::string name = '`' + column.name + '`';
    const std::string bytes = "CAST(" + name + " AS BINARY)";
    std::string after;
    std::string where;
    if (column.charset.starts_with("utf8")) {
      if (column.text.doubled == 0) return;
      after = undoubled(column.name);
      where = is_doubled(column.name);
    } else {
      if (column.text.utf8 == 0) return;
      after = "CONVERT(" + bytes + " USING utf8mb4)";
      where = is_not_ascii(bytes) + " AND " + is_valid(bytes, "utf8mb4");
    }
    const std::string sql = "SELECT LEFT(" + name + ", 30), LEFT(" + after + ", 30) FROM `" + target.name +
                            "` WHERE " + where + " LIMIT 2";
    for (const auto& row : connection_.query(sql, {}))
      column.text.samples.push_back(printable(text_of(row, 0), kMaxSampleBytes) + " → " +
                                    printable(text_of(row, 1), kMaxSampleBytes));
  }

  mysql::Connection& connection_;
  const std::string other_bytes_;
  bool is_mariadb_ = true;
  SchemaFacts facts_;
};

void read_expired(mysql::Connection& connection, const SchemaFacts& facts, const std::string& table,
                  const std::string& key, const std::string& today, std::uint64_t& count,
                  std::vector<std::string>& names) {
  const auto found = facts.tables.find(table);
  if (found == facts.tables.end() || found->second.find("expiredate") == nullptr ||
      found->second.find("active") == nullptr)
    return;
  const std::string from =
      " FROM " + table + " WHERE active = 1 AND expiredate > '0000-00-00' AND expiredate <= ?";
  count = number_of(connection.query("SELECT COUNT(*)" + from, {today}).front(), 0);
  const std::size_t room = Expired::kMaxShown - std::min(Expired::kMaxShown, names.size());
  const std::string list =
      "SELECT " + key + ", expiredate" + from + " ORDER BY " + key + " LIMIT " + std::to_string(room);
  for (const auto& row : connection.query(list, {today}))
    names.push_back(table + ' ' + printable(text_of(row, 0), kMaxSampleBytes) + " (" + text_of(row, 1) + ')');
}

}  // namespace

SchemaFacts read_schema(mysql::Connection& connection, const std::string& other_bytes) {
  return Reader(connection, other_bytes).read();
}

Expired read_expired(mysql::Connection& connection, const SchemaFacts& facts, const std::string& today) {
  Expired expired;
  read_expired(connection, facts, "domain", "domain", today, expired.domains, expired.names);
  read_expired(connection, facts, "mailbox", "username", today, expired.mailboxes, expired.names);
  return expired;
}

}  // namespace extmail::ctl
