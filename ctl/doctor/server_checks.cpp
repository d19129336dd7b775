// SPDX-License-Identifier: MIT
#include "ctl/doctor/server_checks.hpp"

#include "ctl/database.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

namespace extmail::ctl {
namespace {

struct Table {
  std::string_view name;
  std::vector<std::string_view> columns;
};

/// The columns that our programs read or write of ExtMail's tables.
const std::vector<Table>& extmail_tables() {
  static const std::vector<Table> tables{
      {"domain",
       {"domain", "maxalias", "maxusers", "maxquota", "maxnetdiskquota", "transport", "default_quota",
        "default_netdiskquota", "disablesmtpd", "disablesmtp", "disablewebmail", "disableimap", "disablepop3",
        "expiredate", "active"}},
      {"mailbox",
       {"username",
        "uid",
        "password",
        "clearpwd",
        "name",
        "mailhost",
        "maildir",
        "homedir",
        "quota",
        "netdiskquota",
        "domain",
        "uidnumber",
        "gidnumber",
        "createdate",
        "expiredate",
        "active",
        "disablepwdchange",
        "disablesmtpd",
        "disablesmtp",
        "disablewebmail",
        "disablenetdisk",
        "disableimap",
        "disablepop3"}},
      {"alias", {"address", "goto", "domain", "active"}},
      {"manager", {"username", "password", "type", "active"}},
      {"domain_manager", {"username", "domain", "active"}},
  };
  return tables;
}

/// A file of sql/, what it makes, and its triggers.
struct Extension {
  std::string_view file;
  std::string_view table;
  std::vector<std::string_view> triggers;
};

const std::vector<Extension>& extensions() {
  static const std::vector<Extension> files{
      {"change_log.sql",
       "extmail_change_log",
       {"extmail_domain_insert", "extmail_domain_update", "extmail_domain_delete", "extmail_mailbox_insert",
        "extmail_mailbox_update", "extmail_mailbox_delete", "extmail_alias_insert", "extmail_alias_update",
        "extmail_alias_delete"}},
      {"login_extensions.sql",
       "extmail_app_password",
       {"extmail_mailbox_move", "extmail_mailbox_forget", "extmail_app_password_insert",
        "extmail_app_password_update", "extmail_app_password_delete", "extmail_user_field_insert",
        "extmail_user_field_update", "extmail_user_field_delete"}},
      {"policy_extensions.sql",
       "extmail_policy",
       {"extmail_mailbox_move_policy", "extmail_mailbox_forget_policy", "extmail_domain_forget_policy",
        "extmail_policy_insert", "extmail_policy_update", "extmail_policy_delete"}},
      {"usage_extensions.sql",
       "extmail_mail_usage",
       {"extmail_mailbox_move_usage", "extmail_mailbox_forget_usage"}},
  };
  return files;
}

std::string load(const SiteFacts& site, std::string_view file) {
  return "mariadb " + site.settings.database.database + " < sql/" + std::string(file);
}

std::vector<std::string> texts(mysql::Connection& database, std::string_view sql) {
  std::vector<std::string> found;
  for (auto& row : database.query(sql, {}))
    found.push_back(row.front().value_or(""));
  return found;
}

void check_settings(mysql::Connection& database, Findings& findings) {
  const auto row = database.query("SELECT VERSION(), @@GLOBAL.sql_mode, @@GLOBAL.init_connect", {}).front();
  const std::string version = row[0].value_or("");
  const std::string mode = row[1].value_or("");
  if (is_too_old(version)) {
    findings.add(
        "database-version",
        {"server " + version, "MariaDB 10.11 and MySQL 8 are the oldest that are tested", "an upgrade"});
  }
  if (breaks_extman(mode, row[2].value_or(""))) {
    findings.add("sql-mode",
                 {"@@GLOBAL.sql_mode " + mode,
                  "ExtMan can't add domains and mailboxes: a strict server refuses '' as a number and zero "
                  "dates, which it writes",
                  "sql_mode = NO_ENGINE_SUBSTITUTION in the server's [mysqld], as deploy/mariadb/extmail.cnf "
                  "has it"});
  }
}

/// Whether all is there.
bool check_columns(mysql::Connection& database, const SiteFacts& site, const std::set<std::string>& tables,
                   Findings& findings) {
  std::map<std::string, std::set<std::string>> columns;
  for (auto& row : database.query(
           "SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()",
           {}))
    columns[row[0].value_or("")].insert(row[1].value_or(""));
  bool is_whole = true;
  for (const auto& table : extmail_tables()) {
    if (tables.count(std::string(table.name)) == 0) {
      is_whole = false;
      findings.add("schema-table",
                   {"table " + std::string(table.name), "there is no such table", load(site, "extmail.sql")});
      continue;
    }
    const auto& there = columns[std::string(table.name)];
    for (const auto column : table.columns) {
      if (there.count(std::string(column)) > 0) continue;
      is_whole = false;
      findings.add("schema-column",
                   {"column " + std::string(table.name) + '.' + std::string(column),
                    "there is no such column, as in versions of ExtMail before 1.0", "extmailctl migrate"});
    }
  }
  return is_whole;
}

void check_storage(mysql::Connection& database, Findings& findings) {
  const auto rows = database.query(
      "SELECT TABLE_NAME, ENGINE, TABLE_COLLATION FROM information_schema.TABLES WHERE TABLE_SCHEMA = "
      "DATABASE() AND "
      "TABLE_NAME IN ('domain', 'mailbox', 'alias', 'manager', 'domain_manager') ORDER BY TABLE_NAME",
      {});
  for (const auto& row : rows) {
    const std::string name = row[0].value_or("");
    const std::string engine = row[1].value_or("");
    const std::string collation = row[2].value_or("");
    if (engine == "MyISAM" || engine == "Aria") {
      findings.add("schema-engine",
                   {"table " + name, "its engine is " + engine + ", which knows no transactions",
                    "ALTER TABLE " + name + " ENGINE = InnoDB;"});
    }
    if (!collation.starts_with("utf8mb4_") || collation.ends_with("_bin") || collation.ends_with("_cs")) {
      const bool tells_case = collation.starts_with("utf8mb4_");
      findings.add(
          "schema-charset",
          {"table " + name,
           "its collation is " + collation +
               (tells_case ? ": User@example.com is not found as user@example.com"
                           : ": not every name and address can be stored"),
           "ALTER TABLE " + name +
               " CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci; where its text is not mangled "
               "already"});
    }
  }
}

void check_wishes(const SiteFacts& site, const std::set<std::string>& tables, Findings& findings) {
  const std::array<std::tuple<bool, const char*, const char*, const char*>, 6> wishes{
      {{site.wants_app_passwords, "app_passwords in [authd]", "extmail_app_password", "login_extensions.sql"},
       {site.wants_user_fields, "user_fields in [authd]", "extmail_user_field", "login_extensions.sql"},
       {site.wants_last_login, "last_login in [authd]", "extmail_last_login", "login_extensions.sql"},
       {site.wants_policy_table, "policy_table in [policyd]", "extmail_policy", "policy_extensions.sql"},
       {site.wants_usage_table, "usage in [policyd.quota]", "extmail_mail_usage", "usage_extensions.sql"},
       {site.wants_decision_table, "[policyd.decisions]", "extmail_decision", "decision_extensions.sql"}}};
  for (const auto& [is_wanted, key, table, file] : wishes) {
    if (!is_wanted || tables.count(table) > 0) continue;
    findings.add("schema-table",
                 {std::string("table ") + table,
                  std::string(key) + " of extmail.toml needs it, and it is not there", load(site, file)});
  }
}

void check_triggers(mysql::Connection& database, const SiteFacts& site, const std::set<std::string>& tables,
                    Findings& findings) {
  const auto names = texts(
      database, "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()");
  const std::set<std::string> there(names.begin(), names.end());
  for (const auto& extension : extensions()) {
    if (extension.file == "change_log.sql" ? !has_change_log(database, tables)
                                           : tables.count(std::string(extension.table)) == 0) {
      if (extension.file != "change_log.sql") continue;
      findings.add("triggers", {"table extmail_change_log",
                                "there is none that this account can see: the daemons ask for each row anew "
                                "when cache_ttl is over",
                                load(site, extension.file) + ", then sql/grants.sql"});
      continue;
    }
    for (const auto trigger : extension.triggers) {
      if (there.count(std::string(trigger)) > 0) continue;
      findings.add("triggers",
                   {"trigger " + std::string(trigger), "there is none: what it tells of goes unnoticed",
                    load(site, extension.file) + ", then sql/grants.sql"});
    }
  }
}

}  // namespace

bool is_too_old(std::string_view version) {
  unsigned major = 0;
  unsigned minor = 0;
  const char* last = version.data() + version.size();
  const auto [dot, error] = std::from_chars(version.data(), last, major);
  if (error != std::errc() || dot == last) return false;
  std::from_chars(dot + 1, last, minor);
  if (version.find("MariaDB") != std::string_view::npos) return std::pair(major, minor) < std::pair(10U, 11U);
  return major < 8;
}

bool breaks_extman(std::string_view sql_mode, std::string_view init_connect) {
  const bool is_strict = sql_mode.find("STRICT_") != std::string_view::npos;
  return is_strict && init_connect.find("sql_mode") == std::string_view::npos;
}

bool has_change_log(mysql::Connection& database, const std::set<std::string>& tables) {
  return tables.count("extmail_change_log") > 0 || has_function(database, "extmail_change_triggers");
}

std::set<std::string> tables_of(mysql::Connection& database) {
  const auto names =
      texts(database, "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()");
  return {names.begin(), names.end()};
}

bool check_server(mysql::Connection& database, const SiteFacts& site, Findings& findings) {
  const auto tables = tables_of(database);
  check_settings(database, findings);
  const bool is_whole = check_columns(database, site, tables, findings);
  check_storage(database, findings);
  check_wishes(site, tables, findings);
  check_triggers(database, site, tables, findings);
  return is_whole;
}

}  // namespace extmail::ctl
