// SPDX-License-Identifier: MIT
#include "mysql/mysql_last_logins.hpp"

#include "mysql/multi_row_insert.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace extmail::mysql {

Answer<std::size_t> MysqlLastLogins::write(std::span<const LastLogin> logins, Deadline deadline) {
  // From left to right: remote is decided while `at` is still the old one.
  static const MultiRowInsert insert(
      "extmail_last_login (username, service, remote, `at`)", "(?, ?, ?, FROM_UNIXTIME(?))",
      " ON DUPLICATE KEY UPDATE remote = IF(VALUES(`at`) >= `at`, VALUES(remote), remote),"
      " `at` = GREATEST(`at`, VALUES(`at`))");
  std::vector<std::string> times;
  times.reserve(logins.size());
  std::vector<std::string_view> parameters;
  for (const LastLogin& login : logins) {
    const auto since = std::chrono::duration_cast<std::chrono::seconds>(login.at.time_since_epoch());
    times.push_back(std::to_string(since.count()));
    parameters.insert(parameters.end(), {login.username, login.service, login.remote, times.back()});
  }
  return insert.run(pool_, parameters, deadline);
}

}  // namespace extmail::mysql
