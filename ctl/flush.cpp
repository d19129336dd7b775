// SPDX-License-Identifier: MIT
//
// extmailctl flush: a note in the change log, which reaches the daemons of all hosts.
#include "core/address.hpp"
#include "core/idn.hpp"
#include "core/printable.hpp"
#include "ctl/changes.hpp"
#include "ctl/command.hpp"
#include "ctl/database.hpp"
#include "ctl/problem.hpp"
#include "ctl/settings.hpp"
#include "mysql/mysql_change_log.hpp"
#include "mysql/transaction.hpp"

#include <cstddef>
#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

namespace extmail::ctl {
namespace {

using mysql::ChangeKind;

struct Words {
  std::string name;  ///< empty: all
  bool is_dry_run = false;
};

void note(Changes& changes, ChangeKind kind, const std::string& name) {
  changes.add("INSERT INTO extmail_change_log (kind, name) VALUES (?, ?)",
              {std::to_string(static_cast<unsigned>(kind)), name});
}

Misuse neither(const std::string& name) {
  constexpr std::size_t kMaxShownBytes = 256;
  return Misuse(printable(name, kMaxShownBytes) + " is neither an address nor a domain");
}

void note_domain(Changes& changes, const std::string& name) {
  const auto domain = parse_domain(name);
  if (!domain) throw neither(name);
  for (const auto& form : domain_forms(*domain)) {
    note(changes, ChangeKind::Domain, form);
    note(changes, ChangeKind::Alias, '@' + form);
    note(changes, ChangeKind::Policy, '@' + form);
  }
}

void note_address(Changes& changes, const std::string& name) {
  const auto address = parse_address(name);
  if (!address) throw neither(name);
  for (const auto& form : domain_forms(address->domain)) {
    const std::string key = address->local + '@' + form;
    note(changes, ChangeKind::Mailbox, key);
    note(changes, ChangeKind::Alias, key);
    note(changes, ChangeKind::Policy, key);
  }
}

Changes changes_for(const std::string& name) {
  Changes changes;
  if (name.empty()) {
    note(changes, ChangeKind::Flush, "");
  } else if (name.find('@') == std::string::npos) {
    note_domain(changes, name);
  } else {
    note_address(changes, name);
  }
  return changes;
}

/// Throws Refused where no daemon would see it.
void require_change_log(mysql::Connection& database) {
  bool is_followed =
      has_table(database, "extmail_change_log") && has_function(database, "extmail_change_triggers");
  if (is_followed) {
    const auto triggers =
        database.query("SELECT extmail_change_triggers() >= ?", {std::to_string(mysql::kChangeTriggers)});
    is_followed = triggers.at(0).at(0) == "1";
  }
  if (is_followed) return;
  throw Refused(
      "the database has no change log with all its triggers, or this account has no right to it: the daemons "
      "would not be told. Without one they read rows again after cache_ttl; systemctl restart extmail-authd "
      "has it forget passwords. extmailctl doctor --only database, run by root, says which it is. To have a "
      "change log: extmailctl migrate, or sql/change_log.sql and its rights in sql/README.md");
}

int flush(const Words& words, const Invocation& invocation) {
  const Changes changes = changes_for(words.name);
  if (words.is_dry_run) {
    changes.show(std::cout);
    return kDone;
  }
  const auto database = open_database(read_settings(invocation.config).database);
  require_change_log(*database);
  mysql::Transaction transaction(*database);
  changes.run(*database);
  transaction.commit();
  std::cout << (words.name.empty() ? std::string("everything") : words.name)
            << " is read anew when it is next asked for\n";
  return kDone;
}

}  // namespace

void add_flush(CLI::App& app, Invocation& invocation) {
  const auto words = std::make_shared<Words>();
  auto* command = app.add_subcommand("flush", "Has the daemons find out anew what they remember");
  const auto* name = command->add_option("NAME", words->name, "An address or a domain; everything by default")
                         ->type_name("ADDRESS");
  command->add_flag("-n,--dry-run", words->is_dry_run, "Show the SQL that would be run, and run nothing");
  command->callback([words, name, &invocation] {
    invocation.run = [words, is_named = name->count() > 0, &invocation] {
      // A script's empty variable must not mean everything.
      if (is_named && words->name.empty())
        throw Misuse("the name is empty; without one, everything is flushed");
      return flush(*words, invocation);
    };
  });
}

}  // namespace extmail::ctl
