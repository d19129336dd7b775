// SPDX-License-Identifier: MIT
#include "ctl/doctor/extension_rows.hpp"

#include "core/address.hpp"
#include "core/printable.hpp"
#include "ctl/changes.hpp"
#include "mysql/columns.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

namespace extmail::ctl {
namespace {

constexpr std::array<std::string_view, 9> kKinds{"limit",        "allow-sender", "deny-sender",
                                                 "allow-client", "deny-client",  "list-access",
                                                 "list-sender",  "inside-only",  "send-as"};
constexpr std::array<const char*, 4> kLoginTables{"extmail_app_password", "extmail_user_field",
                                                  "extmail_last_login", "extmail_mail_usage"};

/// How many letters have to be put in, left out or changed to make one word of another.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
    }
  }
  return row.back();
}

/// The kind that was meant; empty where it is like none.
std::string_view meant(std::string_view kind) {
  constexpr std::size_t kMostWrong = 3;
  const auto nearest = std::min_element(
      kKinds.begin(), kKinds.end(), [&](auto a, auto b) { return distance(kind, a) < distance(kind, b); });
  return distance(kind, *nearest) <= kMostWrong ? *nearest : std::string_view();
}

bool has_subject(Census& census, std::string_view subject) {
  if (subject == "*") return true;
  if (subject.starts_with('@')) return census.find_domain(canonical_domain(subject.substr(1))) != nullptr;
  const std::string address = canonical_address(subject);
  return census.mailboxes.count(address) > 0 || census.alias_places.count(address) > 0;
}

}  // namespace

void check_policy(DataContext& context, const PolicyRow& row) {
  const std::string object = "extmail_policy " + row.id + " (" + row.subject + ", " + row.kind + ')';
  const std::string kind = fold_case(trimmed(row.kind));
  if (std::find(kKinds.begin(), kKinds.end(), row.kind) == kKinds.end()) {
    const auto wanted = meant(kind);
    context.findings.add(
        "policy-kind",
        {object, "there is no kind \"" + printable(row.kind, 64) + "\": the row counts for nothing",
         wanted.empty() ? "DELETE FROM extmail_policy WHERE id = " + row.id + ';'
                        : update_of("extmail_policy", "kind", std::string(wanted), "id", row.id)});
  }
  if (has_subject(context.census, row.subject)) return;
  context.findings.add(
      "extension-orphan",
      {object, "there is no mailbox, alias or domain of ours \"" + printable(row.subject, 256) + '"',
       "DELETE FROM extmail_policy WHERE id = " + row.id + ';'});
}

void check_owner(DataContext& context, const std::string& table, const std::string& username) {
  if (context.census.mailboxes.count(canonical_address(username)) > 0) return;
  context.findings.add(
      "extension-orphan",
      {table + ' ' + username, "there is no such mailbox, and who gets that name gets the row, too",
       "DELETE FROM " + table + " WHERE username = " + sql_literal(username) + ';'});
}

void read_extensions(mysql::Connection& database, DataContext& context) {
  std::set<std::string> tables;
  for (auto& row :
       database.query("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() "
                      "AND TABLE_NAME LIKE 'extmail|_%' ESCAPE '|'",
                      {}))
    tables.insert(row.front().value_or(""));
  for (const char* table : kLoginTables) {
    if (tables.count(table) == 0) continue;
    database.for_each(std::string("SELECT DISTINCT username FROM ") + table + " ORDER BY username", {},
                      [&](mysql::Row& row) { check_owner(context, table, row.front().value_or("")); });
  }
  if (tables.count("extmail_app_password") > 0) {
    database.for_each("SELECT username, name, password FROM extmail_app_password ORDER BY username, name", {},
                      [&](mysql::Row& row) {
                        mysql::Columns columns(std::move(row));
                        const std::string username = columns.text();
                        const std::string name = columns.text();
                        const Secret password = columns.secret();
                        check_password_column(context, "app password " + log_value(name) + " of " + username,
                                              password.view(), "a new app password");
                      });
  }
  if (tables.count("extmail_policy") == 0) return;
  database.for_each("SELECT id, subject, kind FROM extmail_policy ORDER BY id", {}, [&](mysql::Row& row) {
    mysql::Columns columns(std::move(row));
    PolicyRow policy;
    policy.id = columns.text();
    policy.subject = columns.text();
    policy.kind = columns.text();
    check_policy(context, policy);
  });
}

}  // namespace extmail::ctl
