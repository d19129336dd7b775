// SPDX-License-Identifier: MIT
#include "core/address.hpp"
#include "core/printable.hpp"
#include "ctl/changes.hpp"
#include "ctl/command.hpp"
#include "ctl/database.hpp"
#include "ctl/new_password.hpp"
#include "ctl/problem.hpp"
#include "ctl/settings.hpp"
#include "mysql/transaction.hpp"

#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

namespace extmail::ctl {
namespace {

struct Words {
  std::string address;
  bool is_manager = false;
  bool is_dry_run = false;
  NewPassword password;
};

/// The key as its row has it; collations take more for the same than an address may be.
std::string stored_key(mysql::Connection& database, const std::string& table, const std::string& key) {
  for (auto& row :
       database.query("SELECT username FROM " + table + " WHERE username = ? FOR UPDATE", {key})) {
    if (row.front() && same_key(*row.front(), key)) return std::move(*row.front());
  }
  throw no_such(table, key);
}

int run(Words& words, const Invocation& invocation) {
  const auto address = parse_address(words.address);
  if (!address) throw Misuse('"' + printable(words.address, 256) + "\" is no address");
  const std::string table = words.is_manager ? "manager" : "mailbox";
  const Settings settings = read_settings(invocation.config);
  const auto database = open_database(settings.database);
  {
    // Nobody shall think of a password twice to be told that there is no such user.
    const mysql::Transaction look(*database);
    (void)stored_key(*database, table, address->text());
  }
  words.password.take(address->local);
  mysql::Transaction transaction(*database);
  const std::string username = stored_key(*database, table, address->text());
  // A clear password that stayed behind would still let in by CRAM-MD5, and be wrong. A manager has none.
  const std::string clear = words.is_manager ? "" : ", clearpwd = ''";
  Changes changes;
  changes.add("UPDATE " + table + " SET password = ?" + clear + " WHERE username = ?",
              {std::string(words.password.hash().view()), username});
  if (words.is_dry_run) {
    changes.show(std::cout);
    words.password.tell(std::cerr);
    return kDone;
  }
  changes.carry_out(*database, transaction);
  std::cout << "password of " << table << ' ' << address->text() << " is changed\n";
  words.password.tell(std::cout);
  return kDone;
}

}  // namespace

void add_passwd(CLI::App& app, Invocation& invocation) {
  const auto words = std::make_shared<Words>();
  auto* command = app.add_subcommand("passwd", "Changes the password of a mailbox, or of a manager");
  command->add_option("ADDRESS", words->address, "Of the mailbox; with --manager, of the manager")
      ->type_name("MAILBOX|MANAGER")
      ->required();
  command->add_flag("--manager", words->is_manager, "Of a manager, who administers in ExtMan");
  command->add_flag("-n,--dry-run", words->is_dry_run, "Show the SQL that would be run, and run nothing");
  words->password.add_options(*command, "--stdin");
  command->callback(
      [words, &invocation] { invocation.run = [words, &invocation] { return run(*words, invocation); }; });
}

}  // namespace extmail::ctl
