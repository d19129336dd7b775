// SPDX-License-Identifier: MIT
//
// extmailctl expire: what ExtMan's expireusers.pl does, for domains too, and writing nothing but the column active.
#include "core/clock.hpp"
#include "core/printable.hpp"
#include "ctl/changes.hpp"
#include "ctl/command.hpp"
#include "ctl/database.hpp"
#include "ctl/problem.hpp"
#include "ctl/settings.hpp"
#include "mysql/transaction.hpp"

#include <array>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

namespace extmail::ctl {
namespace {

struct Words {
  std::string domain;
  bool is_dry_run = false;
  bool is_forced = false;
};

struct Expiring {
  const char* table;
  const char* key;
};
constexpr std::array<Expiring, 2> kExpiring{{{"domain", "domain"}, {"mailbox", "username"}}};

/// The rows that are active and past their date, locked, and what switches them off. A zero date is never.
Report gather(mysql::Connection& database, const Words& words, const std::string& today, Changes& changes) {
  Report report({{"kind"}, {"name"}, {"expiredate"}});
  for (const auto& kind : kExpiring) {
    const std::string key = kind.key;
    std::string sql = "SELECT " + key + ", expiredate FROM ";
    sql += kind.table;
    sql += " WHERE active <> 0 AND expiredate > '0000-00-00' AND expiredate <= ?";
    std::vector<std::string_view> values{today};
    if (!words.domain.empty()) {
      sql += " AND domain = ?";
      values.emplace_back(words.domain);
    }
    for (auto& row : database.query(sql.append(" ORDER BY ").append(key).append(" FOR UPDATE"), values)) {
      changes.add(std::string("UPDATE ") + kind.table + " SET active = 0 WHERE " + key + " = ?", {row[0]});
      report.add({{kind.table}, {std::move(row[0])}, {std::move(row[1])}});
    }
  }
  return report;
}

int expire(const Words& words, const Invocation& invocation) {
  const Settings settings = read_settings(invocation.config);
  // Old data carries dates that nothing ever enforced: whoever says so in the configuration means it here, too.
  if (!settings.mail.access.enforce_expiry && !words.is_forced && !words.is_dry_run) {
    throw Refused(
        "[mail] says expiry = \"ignore\": accounts past their date are to go on working. --dry-run shows "
        "whom "
        "this would lock out, --force does it all the same");
  }
  const auto database = open_database(settings.database);
  if (!words.domain.empty()) require_domain(*database, words.domain);
  mysql::Transaction transaction(*database);
  Changes changes;
  const Report report = gather(*database, words, SystemClock().today(), changes);
  if (words.is_dry_run && invocation.format == Format::Text) {
    changes.show(std::cout);
    return kDone;
  }
  if (!words.is_dry_run) {
    changes.run(*database);
    transaction.commit();
  }
  if (!report.is_empty() || invocation.format != Format::Text) report.write_list(invocation.output());
  return kDone;
}

}  // namespace

void add_expire(CLI::App& app, Invocation& invocation) {
  const auto words = std::make_shared<Words>();
  auto* command =
      app.add_subcommand("expire", "Switches off the domains and mailboxes past their expiry date");
  command->add_option("--domain", words->domain, "Only one domain, and its mailboxes")->type_name("DOMAIN");
  command->add_flag("--force", words->is_forced, "Even where the configuration ignores expiry dates");
  command->add_flag("-n,--dry-run", words->is_dry_run, "Show the SQL that would be run, and run nothing");
  command->callback(
      [words, &invocation] { invocation.run = [words, &invocation] { return expire(*words, invocation); }; });
}

}  // namespace extmail::ctl
