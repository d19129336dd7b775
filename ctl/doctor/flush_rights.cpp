// SPDX-License-Identifier: MIT
#include "ctl/changes.hpp"
#include "ctl/doctor/server_checks.hpp"

#include <algorithm>

namespace extmail::ctl {
namespace {

constexpr std::string_view kLog = "extmail_change_log";
constexpr std::string_view kFunction = "extmail_change_triggers";
/// The account that sql/grants.sql makes for extmailctl, where that is wanted.
constexpr const char* kMadeAccount = "'extmail_ctl'@'localhost'";
constexpr const char* kOwnGrants = "SHOW GRANTS";

bool has_column(const Grant::Right& right, const char* column) {
  return right.columns.empty() ||
         std::find(right.columns.begin(), right.columns.end(), column) != right.columns.end();
}

bool may_insert(const Grant& grant) {
  if (grant.table != "*" && grant.table != kLog) return false;
  return std::any_of(grant.rights.begin(), grant.rights.end(), [](const auto& right) {
    return right.name == "ALL PRIVILEGES" ||
           (right.name == "INSERT" && has_column(right, "kind") && has_column(right, "name"));
  });
}

bool may_execute(const Grant& grant) {
  if (grant.table != "*" && grant.function != kFunction) return false;
  return std::any_of(grant.rights.begin(), grant.rights.end(), [](const auto& right) {
    return right.name == "ALL PRIVILEGES" || right.name == "EXECUTE";
  });
}

/// CURRENT_USER() gives name@host, as GRANT takes it but for the quotes.
std::string own_account(mysql::Connection& database) {
  const auto row = database.query("SELECT CURRENT_USER()", {}).front();
  const std::string account = row[0].value_or("");
  const auto at = account.rfind('@');
  return sql_literal(account.substr(0, at)) + '@' + sql_literal(account.substr(at + 1));
}

void check_account(mysql::Connection& database, const std::string& account, const std::string& statement,
                   std::string_view schema, Findings& findings) {
  std::vector<Grant> grants;
  for (auto& row : database.query(statement, {})) {
    const std::string line = row.front().value_or("");
    // What a role may is listed for oneself only: of somebody else who has one nothing can be said.
    const bool is_role = line.find(" ON ") == std::string::npos;
    if (is_role && statement != kOwnGrants) return;
    grants.push_back(parse_grant(line));
  }
  for (const auto& right : missing_for_flush(grants, schema)) {
    findings.add("ctl-rights-missing",
                 {"account " + account, "extmailctl flush can't tell the daemons anything without " + right,
                  std::string("GRANT ").append(right).append(" TO ").append(account) + ';'});
  }
}

}  // namespace

std::vector<std::string> missing_for_flush(const std::vector<Grant>& grants, std::string_view database) {
  bool inserts = false;
  bool executes = false;
  for (const auto& grant : grants) {
    if (!is_for(grant.database, database)) continue;
    inserts = inserts || may_insert(grant);
    executes = executes || may_execute(grant);
  }
  std::vector<std::string> missing;
  if (!inserts) missing.push_back("INSERT ON " + std::string(kLog));
  if (!executes) missing.push_back("EXECUTE ON FUNCTION " + std::string(kFunction));
  return missing;
}

void check_flush_rights(mysql::Connection& database, const SiteFacts& site, Findings& findings) {
  const auto& schema = site.settings.database.database;
  const std::string own = own_account(database);
  check_account(database, own, kOwnGrants, schema, findings);
  // Only who may read the accounts of others sees it there.
  const auto seen = database.query(
      "SELECT 1 FROM information_schema.USER_PRIVILEGES WHERE GRANTEE = ? LIMIT 1", {kMadeAccount});
  if (own != kMadeAccount && !seen.empty())
    check_account(database, kMadeAccount, std::string("SHOW GRANTS FOR ") + kMadeAccount, schema, findings);
}

}  // namespace extmail::ctl
