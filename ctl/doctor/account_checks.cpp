// SPDX-License-Identifier: MIT
#include "core/address.hpp"
#include "ctl/database.hpp"
#include "ctl/doctor/server_checks.hpp"
#include "mysql/columns.hpp"
#include "mysql/error.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace extmail::ctl {
namespace {

constexpr std::array<std::string_view, 5> kExtmailTables{"domain", "mailbox", "alias", "manager",
                                                         "domain_manager"};
constexpr std::array<std::string_view, 4> kSecretColumns{"password", "clearpwd", "question", "answer"};
constexpr const char* kGrants = "sql/grants.sql, loaded again, which sets these accounts to what they need";

/// Takes text up to the separator off the front, outside of parentheses and backquotes.
std::string_view take_until(std::string_view& text, std::string_view separator) {
  bool is_quoted = false;
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '`') is_quoted = !is_quoted;
    if (is_quoted) continue;
    if (text[i] == '(') ++depth;
    if (text[i] == ')') --depth;
    if (depth > 0 || !text.substr(i).starts_with(separator)) continue;
    const auto taken = text.substr(0, i);
    text.remove_prefix(i + separator.size());
    return taken;
  }
  return std::exchange(text, std::string_view());
}

std::string without_quotes(std::string_view text) {
  std::string plain;
  for (const char c : text) {
    if (c != '`') plain += c;
  }
  const auto first = plain.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return plain.substr(first, plain.find_last_not_of(' ') - first + 1);
}

struct Need {
  std::string_view daemon;  ///< empty: all three
  const char* table;
  std::string sql;
};

std::vector<Need> needs_of(const SiteFacts& site) {
  std::vector<Need> needs{
      {"", "domain", std::string("SELECT ") + mysql::kDomainColumns + " FROM domain d LIMIT 0"},
      {"", "mailbox", std::string("SELECT ") + mysql::kMailboxColumns + ", m.domain FROM mailbox m LIMIT 0"},
      {"", "alias", std::string("SELECT ") + mysql::kAliasColumns + " FROM alias a LIMIT 0"},
      {"", "extmail_change_log", "SELECT id, kind, name FROM extmail_change_log LIMIT 0"},
      {"authd", "mailbox",
       "SELECT uid, password, clearpwd, name, netdiskquota, disablenetdisk FROM mailbox LIMIT 0"}};
  if (site.wants_app_passwords)
    needs.push_back(
        {"authd", "extmail_app_password", "SELECT username, password FROM extmail_app_password LIMIT 0"});
  if (site.wants_user_fields)
    needs.push_back(
        {"authd", "extmail_user_field", "SELECT username, name, value FROM extmail_user_field LIMIT 0"});
  if (site.wants_last_login)
    needs.push_back({"authd", "extmail_last_login", "SELECT username FROM extmail_last_login LIMIT 0"});
  if (site.wants_policy_table)
    needs.push_back({"policyd", "extmail_policy", "SELECT subject, kind, value FROM extmail_policy LIMIT 0"});
  if (site.wants_usage_table)
    needs.push_back(
        {"policyd", "extmail_mail_usage", "SELECT username, bytes FROM extmail_mail_usage LIMIT 0"});
  if (site.wants_decision_table)
    needs.push_back({"policyd", "extmail_decision", "SELECT id, at FROM extmail_decision LIMIT 0"});
  return needs;
}

void check_account(mysql::Connection& connection, const DaemonFacts& daemon, const SiteFacts& site,
                   const std::string& database, const std::set<std::string>& tables, Findings& findings) {
  const std::string object = "account " + daemon.account->user;
  for (const auto& need : needs_of(site)) {
    if ((!need.daemon.empty() && need.daemon != daemon.name) || tables.count(need.table) == 0) continue;
    try {
      connection.query(need.sql, {});
    } catch (const mysql::DatabaseError& error) {
      if (error.kind() == mysql::DatabaseError::Kind::Lost) throw;
      findings.add("account-rights-missing", {object, error.what(), kGrants});
    }
  }
  for (auto& row : connection.query("SHOW GRANTS", {})) {
    const auto excess =
        excess_of(parse_grant(row.front().value_or("")), daemon, site.may_write_passwords, database);
    if (!excess.empty()) findings.add("account-rights-excess", {object, excess, kGrants});
  }
}

}  // namespace

bool is_for(std::string name, std::string_view database) {
  // As in ``extmail`.*`, with `\_` for an underscore that is one.
  for (auto place = name.find("\\_"); place != std::string::npos; place = name.find("\\_"))
    name.erase(place, 1);
  return name == "*" || name == "%" || name == database;
}

Grant parse_grant(std::string_view line) {
  constexpr std::string_view kStart = "GRANT ";
  Grant grant;
  if (!line.starts_with(kStart)) return grant;
  line.remove_prefix(kStart.size());
  std::string_view rights = take_until(line, " ON ");
  if (line.empty()) return grant;  // GRANT role TO account
  std::string_view place = take_until(line, " TO ");
  for (const std::string_view kind : {"PROCEDURE ", "PACKAGE "}) {
    if (place.starts_with(kind)) return grant;
  }
  constexpr std::string_view kFunction = "FUNCTION ";
  const bool is_of_function = place.starts_with(kFunction);
  if (is_of_function) place.remove_prefix(kFunction.size());
  grant.database = without_quotes(take_until(place, "."));
  (is_of_function ? grant.function : grant.table) = without_quotes(place);
  while (!rights.empty()) {
    std::string_view right = take_until(rights, ", ");
    Grant::Right read;
    const auto open = std::min(right.find('('), right.size());
    read.name = without_quotes(right.substr(0, open));
    std::string_view columns = right.substr(std::min(open + 1, right.size()));
    if (const auto close = columns.rfind(')'); close != std::string_view::npos)
      columns = columns.substr(0, close);
    while (!columns.empty())
      read.columns.push_back(without_quotes(take_until(columns, ", ")));
    grant.rights.push_back(std::move(read));
  }
  return grant;
}

std::string excess_of(const Grant& grant, const DaemonFacts& daemon, bool may_write_passwords,
                      std::string_view database) {
  const bool is_whole_database = grant.table == "*";
  if (!is_for(grant.database, database)) return {};
  const bool is_of_extmail = is_whole_database || std::find(kExtmailTables.begin(), kExtmailTables.end(),
                                                            grant.table) != kExtmailTables.end();
  const std::string place = grant.database + '.' + grant.table;
  for (const auto& right : grant.rights) {
    if (right.name == "USAGE" || !is_of_extmail) continue;
    if (is_whole_database) return "it has the right " + right.name + " on all of " + place;
    const bool has_secrets = grant.table == "mailbox" || grant.table == "manager";
    if (right.name == "SELECT") {
      if (daemon.name == "authd" && grant.table == "mailbox") continue;
      const auto secret = std::find_if(right.columns.begin(), right.columns.end(), [](const auto& column) {
        return std::find(kSecretColumns.begin(), kSecretColumns.end(), column) != kSecretColumns.end();
      });
      if (has_secrets && right.columns.empty())
        return "it may read passwords: SELECT on all columns of " + place;
      if (has_secrets && secret != right.columns.end()) return "it may read " + *secret + " of " + place;
      continue;
    }
    const bool is_of_passwords =
        !right.columns.empty() &&
        std::all_of(right.columns.begin(), right.columns.end(),
                    [](const auto& column) { return column == "password" || column == "clearpwd"; });
    if (right.name == "UPDATE" && daemon.name == "authd" && is_of_passwords) {
      if (may_write_passwords) continue;
      return "it may write passwords, and neither rehash nor [authd.password_change] needs that";
    }
    return "it has the right " + right.name + " on " + place + ", to which it writes nothing";
  }
  return {};
}

void check_accounts(const SiteFacts& site, const std::string& database_name,
                    const std::set<std::string>& tables, Findings& findings) {
  for (const auto& daemon : site.daemons) {
    if (!daemon.account) {
      findings.add("password-file",
                   {daemon.password_file.empty() ? "[" + daemon.name + "]" : daemon.password_file,
                    daemon.account_fault, "a file with the password, of its daemon alone: mode 0400"});
      continue;
    }
    try {
      const auto connection = open_database(*daemon.account);
      check_account(*connection, daemon, site, database_name, tables, findings);
    } catch (const mysql::DatabaseError& error) {
      findings.add("account-login", {"account " + daemon.account->user, error.what(),
                                     "SET @" + daemon.name + "_password to what is in " +
                                         daemon.password_file + ", and load sql/grants.sql"});
    }
  }
}

}  // namespace extmail::ctl
