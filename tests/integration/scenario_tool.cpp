// SPDX-License-Identifier: MIT
//
// The scenario table of tests/support for tests/integration:
//   scenario_tool sql                    prints its rows as INSERT statements
//   scenario_tool rules                  prints the names of the configurations
//   scenario_tool mail RULES             prints one of them as lines of [mail]
//   scenario_tool table                  prints `rules TAB map TAB key TAB outcome TAB answer TAB story` each; key
//                                        and answer in hexadecimal, outcome found, not_found or refused
//   scenario_tool check SOCKET DB USER PASSWORD    asks MariaDB and prints the differences; exit status 1 if
//                                                  there are any

#include "core/clock.hpp"
#include "core/idn.hpp"
#include "core/map_table.hpp"
#include "core/printable.hpp"
#include "core/records_directory.hpp"
#include "mysql/mysql_records.hpp"
#include "mysql/pool.hpp"
#include "support/recording_log.hpp"
#include "support/scenarios.hpp"

#include <iostream>
#include <memory>
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

int print_rules() {
  for (const auto& entry : tests::scenario_rules())
    std::cout << entry.name << '\n';
  return EXIT_SUCCESS;
}

int print_mail(const std::string& name) {
  for (const auto& entry : tests::scenario_rules()) {
    if (entry.name == name) std::cout << entry.toml;
  }
  return EXIT_SUCCESS;
}

std::string hexadecimal(const std::string& text) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string hex;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    hex += kDigits[byte >> 4U];
    hex += kDigits[byte & 15U];
  }
  return hex;
}

const char* name_of(Outcome outcome) {
  if (outcome == Outcome::Found) return "found";
  return outcome == Outcome::NotFound ? "not_found" : "refused";
}

int print_table() {
  for (const auto& s : tests::scenarios()) {
    std::cout << s.rules << '\t' << s.map << '\t' << hexadecimal(s.key) << '\t' << name_of(s.answer.outcome)
              << '\t' << hexadecimal(s.answer.text) << '\t' << s.story << '\n';
  }
  return EXIT_SUCCESS;
}

std::string text_of(const Answer<std::string>& answer) {
  if (answer.is_found()) return answer.value();
  return answer.is_not_found() ? "(not found)" : "(failed: " + answer.reason() + ")";
}

bool is_expected(const Answer<std::string>& answer, const tests::Expected& expected) {
  if (answer.outcome() != expected.outcome) return false;
  if (answer.is_found()) return answer.value() == expected.text;
  return answer.is_not_found() || answer.reason().find(expected.text) != std::string::npos;
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
  const mysql::MysqlRecords records(
      std::make_shared<mysql::Pool>(mysql::make_hosts(std::move(settings), clock, log), clock, log));
  const RecordsDirectory directory(records);
  const IdnDirectory either_form(directory);
  int differences = 0;
  for (const auto& s : tests::scenarios()) {
    const AddressMaps maps(either_form, clock, tests::scenario_rules(s.rules));
    const auto answer = (maps.*find_map(s.map))(s.key, clock.now() + 10s);
    if (is_expected(answer, s.answer)) continue;
    ++differences;
    std::cout << s.story << ": " << s.map << ' ' << printable(s.key, 200) << ": "
              << printable(text_of(answer), 200) << ", not " << name_of(s.answer.outcome) << ' '
              << printable(s.answer.text, 200) << '\n';
  }
  std::cout << tests::scenarios().size() << " scenarios, " << differences << " differences\n";
  return differences == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  if (mode == "sql" && argc == 2) return print_sql();
  if (mode == "rules" && argc == 2) return print_rules();
  if (mode == "mail" && argc == 3) return print_mail(argv[2]);
  if (mode == "table" && argc == 2) return print_table();
  if (mode == "check" && argc == 6) return check(argv[2], argv[3], argv[4], argv[5]);
  std::cerr
      << "usage: scenario_tool sql | rules | mail RULES | table | check SOCKET DATABASE USER PASSWORD\n";
  return 2;
}
