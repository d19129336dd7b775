// SPDX-License-Identifier: MIT
//
// The accounts that extmail-authd reads, for tests/integration:
//   account_tool SOCKET DB USER PASSWORD MAX_ROWS USERNAME...
//     asks for all of them in one batch, with MAX_ROWS in place of MysqlAccounts::kMaxExtensionRows, and prints a line for
//     each: `none`, `fault` with the text, or `ok APP_PASSWORDS FIELDS`. Exit status 1, and the reason, where that failed.

#include "core/clock.hpp"
#include "mysql/mysql_accounts.hpp"
#include "mysql/pool.hpp"
#include "support/recording_log.hpp"

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

using namespace extmail;
using namespace std::chrono_literals;

int main(int argc, char** argv) {
  if (argc < 7) {
    std::cerr << "usage: account_tool SOCKET DATABASE USER PASSWORD MAX_ROWS USERNAME...\n";
    return 2;
  }
  mysql::Settings settings;
  settings.hosts = {{argv[1], {}, 0}};
  settings.database = argv[2];
  settings.user = argv[3];
  settings.password = Secret(argv[4]);
  const SystemClock clock;
  tests::RecordingLog log;
  const auto pool =
      std::make_shared<mysql::Pool>(mysql::make_hosts(std::move(settings), clock, log), clock, log);
  const mysql::MysqlAccounts accounts(pool, {.app_passwords = true, .user_fields = true},
                                      std::stoul(argv[5]));
  const std::vector<std::string> usernames(argv + 6, argv + argc);
  const auto found = accounts.find_accounts(usernames, Deadline::clock::now() + 30s);
  if (!found.is_found()) {
    std::cerr << found.reason() << '\n';
    return EXIT_FAILURE;
  }
  for (const auto& account : found.value()) {
    if (!account) {
      std::cout << "none\n";
    } else if (!account->fault.empty()) {
      std::cout << "fault " << account->fault << '\n';
    } else {
      std::cout << "ok " << account->secrets->app_passwords.size() << ' ' << account->fields.size() << '\n';
    }
  }
  return EXIT_SUCCESS;
}
