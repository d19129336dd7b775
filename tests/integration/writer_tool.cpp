// SPDX-License-Identifier: MIT
//
// What extmail-authd writes, for tests/integration:
//   writer_tool SOCKET DB USER PASSWORD    reads commands, and answers each with a line
//     logins N                  and N lines `username TAB service TAB remote TAB seconds`: writes these last logins
//     password USERNAME TAB OLD TAB NEW    replaces a stored password
//     change USERNAME TAB OLD TAB NEW TAB CLEAR    the same with clearpwd; CLEAR may be empty
//     is_down                   whether the loss of the database was logged
//   Answers: `found`, `not_found`, or `temporary` or `permanent` with the reason; `yes` or `no`.

#include "core/clock.hpp"
#include "mysql/mysql_last_logins.hpp"
#include "mysql/mysql_password_writer.hpp"
#include "mysql/pool.hpp"
#include "support/recording_log.hpp"

#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

using namespace extmail;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream parts(line);
  for (std::string field; std::getline(parts, field, '\t');)
    fields.push_back(field);
  return fields;
}

std::vector<LastLogin> read_logins(std::size_t count) {
  std::vector<LastLogin> logins;
  for (std::string line; logins.size() < count && std::getline(std::cin, line);) {
    const auto fields = fields_of(line);
    const std::chrono::system_clock::time_point at(std::chrono::seconds(std::stoll(fields.at(3))));
    logins.push_back({fields[0], fields[1], fields[2], at});
  }
  return logins;
}

template <typename T>
std::string text_of(const Answer<T>& answer) {
  switch (answer.outcome()) {
    case Outcome::Found:
      return "found";
    case Outcome::NotFound:
      return "not_found";
    case Outcome::TemporaryFailure:
      return "temporary " + answer.reason();
    default:
      return "permanent " + answer.reason();
  }
}

void serve(mysql::Pool& pool, const tests::RecordingLog& log) {
  mysql::MysqlLastLogins logins(pool);
  mysql::MysqlPasswordWriter passwords(pool);
  for (std::string line; std::getline(std::cin, line);) {
    const std::size_t blank = line.find(' ');
    const std::string command = line.substr(0, blank);
    const std::string rest = blank == std::string::npos ? "" : line.substr(blank + 1);
    const Deadline deadline = Deadline::clock::now() + 30s;
    if (command == "logins") {
      std::cout << text_of(logins.write(read_logins(std::stoul(rest)), deadline)) << std::endl;
    } else if (command == "password") {
      const auto fields = fields_of(rest);
      std::cout << text_of(
                       passwords.replace(fields.at(0), Secret(fields.at(1)), Secret(fields.at(2)), deadline))
                << std::endl;
    } else if (command == "change") {
      auto fields = fields_of(rest);
      fields.resize(4);
      std::cout << text_of(passwords.change(fields[0], Secret(fields[1]), Secret(fields[2]),
                                            Secret(fields[3]), deadline))
                << std::endl;
    } else {
      std::cout << (log.has("database_down: ") ? "yes" : "no") << std::endl;
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "usage: writer_tool SOCKET DATABASE USER PASSWORD\n";
    return 2;
  }
  mysql::Settings settings;
  settings.hosts = {{argv[1], {}, 0}};
  settings.database = argv[2];
  settings.user = argv[3];
  settings.password = Secret(argv[4]);
  const SystemClock clock;
  tests::RecordingLog log;
  mysql::Pool pool(mysql::make_hosts(std::move(settings), clock, log), clock, log);
  serve(pool, log);
  return EXIT_SUCCESS;
}
