// SPDX-License-Identifier: MIT
//
// The scenario table of tests/support for tests/integration:
//   scenario_tool sql                    prints its rows as INSERT statements
//   scenario_tool table                  prints a line `map TAB key TAB answer TAB story` each; no answer is
//   "not found" scenario_tool check SOCKET DB USER PASSWORD    asks MariaDB and prints the differences; exit
//   status 1 if there are any

#include "core/clock.hpp"
#include "core/idn.hpp"
#include "maps/map_table.hpp"
#include "mysql/mysql_directory.hpp"
#include "mysql/pool.hpp"
#include "support/recording_log.hpp"
#include "support/scenarios.hpp"

#include <iostream>
#include <string>

using namespace extmail;
using namespace std::chrono_literals;

namespace {

int print_sql() {
  tests::FakeDirectory directory;
  tests::fill_with_scenarios(directory);
  std::cout << directory.sql();
  return EXIT_SUCCESS;
}

int print_table() {
  for (const auto& s : tests::scenarios()) {
    std::cout << s.map << '\t' << s.key << '\t' << (s.answer == nullptr ? "" : s.answer) << '\t' << s.story
              << '\n';
  }
  return EXIT_SUCCESS;
}

std::string text_of(const Answer<std::string>& answer) {
  if (answer.is_found()) return answer.value();
  return answer.is_not_found() ? "(not found)" : "(failed: " + answer.reason() + ")";
}

int check(const std::string& socket, const std::string& database, const std::string& user,
          const std::string& password) {
  mysql::Settings settings;
  settings.hosts = {{socket, {}, 0}};
  settings.database = database;
  settings.user = user;
  settings.password = Secret(password);

  const SystemClock clock;
  tests::RecordingLog log;
  mysql::Pool pool(mysql::make_hosts(std::move(settings), clock, log), clock, log);
  const mysql::MysqlDirectory directory(pool);
  const MailRules rules = tests::scenario_rules();
  const IdnDirectory either_form(directory);
  const AddressMaps maps(either_form, clock, rules);
  int differences = 0;
  for (const auto& s : tests::scenarios()) {
    const auto answer = (maps.*maps::find_map(s.map))(s.key, clock.now() + 10s);
    const std::string expected = s.answer == nullptr ? "(not found)" : s.answer;
    if (text_of(answer) == expected) continue;
    ++differences;
    std::cout << s.story << ": " << s.map << ' ' << s.key << ": " << text_of(answer) << ", not " << expected
              << '\n';
  }
  std::cout << tests::scenarios().size() << " scenarios, " << differences << " differences\n";
  return differences == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  if (mode == "sql" && argc == 2) return print_sql();
  if (mode == "table" && argc == 2) return print_table();
  if (mode == "check" && argc == 6) return check(argv[2], argv[3], argv[4], argv[5]);
  std::cerr << "usage: scenario_tool sql | table | check SOCKET DATABASE USER PASSWORD\n";
  return 2;
}
