// SPDX-License-Identifier: MIT
#include "ctl/migrate/daemon_password.hpp"

#include "ctl/problem.hpp"
#include "daemon/config_file.hpp"
#include "daemon/shared_settings.hpp"

#include <string_view>
#include <utility>

namespace extmail::ctl {

Secret read_daemon_password(const std::string& config, const std::string& account) {
  const std::string program = account.substr(std::string_view("extmail_").size());
  // Without finish(): what else a daemon's table has wrong is for that daemon to say.
  daemon::ConfigFile file(config);
  auto table = file.table(program);
  Secret password = std::move(daemon::read_database(file, table).password);
  if (password.empty())
    throw Refused(
        "the account " + account + " is to be made with a password, and [" + program + "] in " + config +
        " has no database_password_file that can be read\nNothing was changed. Make that file first, "
        "or leave the accounts to grants.sql with --no-accounts");
  return password;
}

void create_account(mysql::Connection& connection, const std::string& account, const Secret& password) {
  // IDENTIFIED BY takes no parameter, and a text with the password in it would be one that nobody wipes.
  connection.execute("SET @extmail_password = ?", {password.view()});
  connection.run_text(
      "SET @extmail_statement = CONCAT('CREATE USER IF NOT EXISTS ''" + account +
      "''@''localhost'' IDENTIFIED BY ', QUOTE(@extmail_password)), @extmail_password = NULL");
  connection.run_text("PREPARE extmail_create FROM @extmail_statement");
  connection.run_text("SET @extmail_statement = NULL");
  connection.run_text("EXECUTE extmail_create");
  connection.run_text("DEALLOCATE PREPARE extmail_create");
}

}  // namespace extmail::ctl
