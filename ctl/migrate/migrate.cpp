// SPDX-License-Identifier: MIT
#include "core/clock.hpp"
#include "core/printable.hpp"
#include "ctl/command.hpp"
#include "ctl/confirm.hpp"
#include "ctl/database.hpp"
#include "ctl/migrate/daemon_password.hpp"
#include "ctl/migrate/plan.hpp"
#include "ctl/migrate/read_schema.hpp"
#include "ctl/password_input.hpp"
#include "ctl/problem.hpp"
#include "ctl/settings.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>

namespace extmail::ctl {
namespace {

/// A client that was killed may leave a statement running in the server: its lock goes when that ends.
constexpr const char* kTakeLock = "SELECT GET_LOCK(CONCAT('extmailctl migrate ', DATABASE()), 60)";

/// What the plan for what is there then still has to say is done, too; more rounds than that have no end.
constexpr int kMaxRounds = 4;

struct Words {
  MigrationOptions migration;
  std::string user;
  bool asks_password = false;
  bool is_confirmed = false;
  bool is_dry_run = false;
  bool undoes = false;
  bool drops_data = false;
  bool drops_accounts = false;
};

mysql::Settings database_of(const Words& words, Settings& settings) {
  mysql::Settings database = std::move(settings.database);
  if (!words.user.empty()) {
    database.user = words.user;
    database.password = Secret();
  }
  if (words.asks_password) {
    auto given = read_password();
    if (!given.is_found()) throw Misuse(given.reason());
    database.password = std::move(given).value();
  }
  return database;
}

void check_rights(const SchemaFacts& facts, const std::string& user) {
  const auto missing = missing_rights(facts);
  if (missing.empty()) return;
  std::string list;
  for (const auto& right : missing)
    list += (list.empty() ? "" : ", ") + right;
  throw Refused(
      "the account " + printable(user, 80) + " lacks rights on the database " + facts.database + ": " + list +
      "\nNothing was changed. Run it as root, whom MariaDB knows by its socket, or give --user of an "
      "administrator, with --ask-password");
}

void show(const Plan& plan) {
  for (const auto& remark : plan.remarks)
    std::cout << "-- Note: " << remark << '\n';
  std::size_t number = 0;
  for (const auto& step : plan.steps) {
    std::cout << "\n-- " << ++number << ": " << step.reason << '\n';
    if (!step.new_account.empty())
      std::cout << "CREATE USER IF NOT EXISTS '" << step.new_account
                << "'@'localhost' IDENTIFIED BY …;  -- as the daemon's database_password_file has it\n";
    for (const auto& statement : step.statements) {
      // Bodies of triggers have semicolons of their own.
      const bool is_program = statement.find(';') != std::string::npos;
      if (is_program) std::cout << "DELIMITER //\n";
      std::cout << statement << (is_program ? "//\nDELIMITER ;\n" : ";\n");
    }
  }
  std::cout << std::flush;
}

/// Each line is out before its step begins, so that who sees it break off knows where.
void run(const Plan& plan, mysql::Connection& connection, const std::string& config) {
  std::size_t number = 0;
  for (const auto& step : plan.steps) {
    std::cout << "step " << ++number << " of " << plan.steps.size() << ": " << step.reason << std::endl;
    if (!step.new_account.empty()) {
      const auto password = read_daemon_password(config, step.new_account);
      create_account(connection, step.new_account, password);
    }
    for (const auto& statement : step.statements)
      connection.run_text(statement);
  }
}

std::string question(const Words& words, const Plan& plan, const Expired& expired, bool enforces_expiry) {
  const std::string steps = std::to_string(plan.steps.size()) + (plan.steps.size() == 1 ? " step" : " steps");
  if (words.undoes)
    return "Undo in " + steps + (words.drops_data ? ", and lose what is in these tables" : "");
  std::string text = "Run " + steps;
  if (enforces_expiry && expired.mailboxes + expired.domains > 0)
    text += ", though those who are listed as expired will be locked out";
  return text;
}

/// Says who would be locked out. Whether they will be is up to the configuration.
void show(const Expired& expired, bool enforces_expiry) {
  if (expired.domains + expired.mailboxes == 0) return;
  std::cout << "\n-- Expired, and active: " << expired.mailboxes << " mailboxes, " << expired.domains
            << " domains. "
            << (enforces_expiry
                    ? "extmail.toml says expiry = \"enforce\": nobody there can log in or get mail. Say "
                      "\"ignore\" to go on as before, or give them new dates\n"
                    : "extmail.toml says expiry = \"ignore\": nothing changes for them. By \"enforce\" they "
                      "would be locked out\n");
  for (const auto& name : expired.names)
    std::cout << "--   " << name << '\n';
  if (expired.domains + expired.mailboxes > expired.names.size())
    std::cout << "--   and "
              << expired.domains + expired.mailboxes - static_cast<std::uint64_t>(expired.names.size())
              << " more\n";
}

int migrate(const Words& words, const Invocation& invocation) {
  if ((words.drops_data || words.drops_accounts) && !words.undoes)
    throw Misuse("--drop-data and --drop-accounts are for --undo");
  Settings settings = read_settings(invocation.config);
  const bool enforces_expiry = settings.mail.access.enforce_expiry;
  const auto database = database_of(words, settings);
  const auto connection = open_database(database);
  if (connection->query(kTakeLock, {}).front().front().value_or("0") != "1")
    throw Refused("another migration of this database is running");

  for (int round = 0; round < kMaxRounds; ++round) {
    const auto facts = read_schema(*connection, words.migration.other_bytes);
    const auto plan = words.undoes ? make_undo_plan(facts, words.drops_data, words.drops_accounts)
                                   : make_plan(facts, words.migration);
    if (plan.steps.empty() && round > 0) return kDone;
    show(plan);
    Expired expired;
    if (!words.undoes) {
      expired = read_expired(*connection, facts, SystemClock().today());
      show(expired, enforces_expiry);
    }
    if (plan.steps.empty()) {
      std::cout << "Nothing to do\n";
      return kDone;
    }
    check_rights(facts, database.user);
    for (const auto& step : plan.steps) {
      if (!step.new_account.empty()) (void)read_daemon_password(invocation.config, step.new_account);
    }
    if (words.is_dry_run) return kDone;
    std::cout << std::endl;
    if (!words.is_confirmed) confirm(question(words, plan, expired, enforces_expiry));
    run(plan, *connection, invocation.config);
  }
  throw Refused("what was done is not what was meant: the same steps are left. Please report this");
}

}  // namespace

void add_migrate(CLI::App& app, Invocation& invocation) {
  const auto words = std::make_shared<Words>();
  auto* command = app.add_subcommand(
      "migrate",
      "Makes of an older ExtMail database one for ExtMail 1.2 and the suite; shows what, and asks");
  command->add_flag("-y,--yes", words->is_confirmed, "Do it without asking");
  command->add_flag("-n,--dry-run", words->is_dry_run, "Show the SQL, and run nothing");
  command->add_option("--user", words->user, "Account of the database; as [ctl] says by default");
  command->add_flag("-p,--ask-password", words->asks_password, "Ask for its password");
  command->add_option("--other-bytes", words->migration.other_bytes,
                      "Character set of text that is no UTF-8 and whose column does not tell: gbk, latin1");
  command->add_flag_callback(
      "--usage-table", [words] { words->migration.extras.insert(kUsageFile); },
      "Make the table of usage_extensions.sql, too");
  command->add_flag_callback(
      "--decision-table", [words] { words->migration.extras.insert(kDecisionFile); },
      "Make the table of decision_extensions.sql, too");
  command->add_flag_callback(
      "--no-accounts", [words] { words->migration.with_accounts = false; },
      "Leave the daemons' accounts alone");
  auto* undo = command->add_flag("--undo", words->undoes, "Take away triggers and routines of the suite");
  command->add_flag("--drop-data", words->drops_data, "And its tables, with all that is in them")
      ->needs(undo);
  command->add_flag("--drop-accounts", words->drops_accounts, "And the daemons' accounts")->needs(undo);
  command->callback([words, &invocation] {
    invocation.run = [words, &invocation] { return migrate(*words, invocation); };
  });
}

}  // namespace extmail::ctl
