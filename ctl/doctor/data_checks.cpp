// SPDX-License-Identifier: MIT
#include "ctl/doctor/data_checks.hpp"

#include "core/printable.hpp"
#include "ctl/changes.hpp"
#include "ctl/doctor/extension_rows.hpp"
#include "mysql/columns.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <utility>

namespace extmail::ctl {
namespace {

using mysql::Columns;

std::optional<std::string> nullable(mysql::Row& row, std::size_t column) {
  return std::move(row.at(column));
}

std::uint64_t count_of(Columns& columns) {
  const auto number = columns.number().value_or(0);
  return number > 0 ? static_cast<std::uint64_t>(number) : 0;
}

void read_domains(mysql::Connection& database, DataContext& context) {
  constexpr const char* kSql =
      "SELECT transport, expiredate, domain, maxusers, maxalias, active, maxquota, maxnetdiskquota, "
      "COALESCE(default_quota, ''), COALESCE(default_netdiskquota, '') FROM domain ORDER BY domain";
  database.for_each(kSql, {}, [&](mysql::Row& row) {
    DomainRow domain;
    domain.transport = nullable(row, 0);
    domain.expires = nullable(row, 1);
    row.erase(row.begin(), row.begin() + 2);
    Columns columns(std::move(row));
    domain.name = columns.text();
    domain.max_mailboxes = count_of(columns);
    domain.max_aliases = count_of(columns);
    domain.active = columns.number().value_or(0) == 1;
    for (const char* column : {"maxquota", "maxnetdiskquota", "default_quota", "default_netdiskquota"})
      domain.quotas.emplace_back(column, columns.text());
    check_domain(context, std::move(domain));
  });
}

void read_mailboxes(mysql::Connection& database, DataContext& context) {
  const std::string sql = std::string("SELECT m.expiredate, m.createdate, ") + mysql::kMailboxColumns +
                          ", m.domain, m.password, m.clearpwd FROM mailbox m ORDER BY m.username";
  Maildirs maildirs;
  const bool wants_maildirs = context.findings.wants("mailbox-shared");
  database.for_each(sql, {}, [&](mysql::Row& row) {
    MailboxRow mailbox;
    mailbox.expires = nullable(row, 0);
    mailbox.created = nullable(row, 1);
    row.erase(row.begin(), row.begin() + 2);
    Columns columns(std::move(row));
    mailbox.record = columns.mailbox();
    mailbox.domain = columns.text();
    mailbox.password = columns.secret();
    mailbox.clear = columns.secret();
    check_mailbox(context, mailbox);
    if (wants_maildirs) check_maildir(context, mailbox, maildirs);
  });
}

void read_aliases(mysql::Connection& database, DataContext& context) {
  database.for_each("SELECT address, goto, domain, active FROM alias ORDER BY address", {},
                    [&](mysql::Row& row) {
                      Columns columns(std::move(row));
                      AliasRow alias;
                      alias.address = columns.text();
                      alias.targets = columns.text();
                      alias.domain = columns.text();
                      alias.active = columns.number().value_or(0) == 1;
                      check_alias(context, std::move(alias));
                    });
}

void read_managers(mysql::Connection& database, DataContext& context) {
  std::set<std::string> managers;
  database.for_each("SELECT username, password FROM manager ORDER BY username", {}, [&](mysql::Row& row) {
    Columns columns(std::move(row));
    const std::string name = columns.text();
    managers.insert(canonical_address(name));
    const Secret password = columns.secret();
    check_password_column(context, "manager " + name, password.view(),
                          "extmailctl passwd --manager " + log_value(name));
  });
  database.for_each(
      "SELECT username, domain FROM domain_manager ORDER BY username, domain", {}, [&](mysql::Row& row) {
        Columns columns(std::move(row));
        const std::string name = columns.text();
        const std::string domain = columns.text();
        std::string reason;
        if (managers.count(canonical_address(name)) == 0) reason = "there is no manager " + name;
        // ExtMan writes '' for a manager who has no domain.
        if (!domain.empty() && context.census.find_domain(canonical_domain(domain)) == nullptr)
          reason = "there is no domain " + domain;
        if (reason.empty()) return;
        context.findings.add("manager-domain",
                             {"domain_manager " + name + ' ' + domain, reason,
                              "DELETE FROM domain_manager WHERE username = " + sql_literal(name) +
                                  " AND domain = " + sql_literal(domain) + ';'});
      });
}

}  // namespace

void check_data(mysql::Connection& database, DataContext& context) {
  read_domains(database, context);
  read_mailboxes(database, context);
  read_aliases(database, context);
  check_limits(context);
  check_alias_targets(context);
  check_alias_loops(context);
  read_managers(database, context);
  read_extensions(database, context);
}

}  // namespace extmail::ctl
