// SPDX-License-Identifier: MIT
#include "mysql/mysql_last_logins.hpp"

#include "mysql/columns.hpp"

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace extmail::mysql {
namespace {

// A row of the statement is a parameter of its text, which is prepared once: so there are few sizes.
constexpr std::array<std::size_t, 3> kSizes{64, 8, 1};

std::string make_sql(std::size_t rows) {
  std::string sql = "INSERT INTO extmail_last_login (username, service, remote, `at`) VALUES ";
  for (std::size_t i = 0; i < rows; ++i)
    sql += i == 0 ? "(?, ?, ?, FROM_UNIXTIME(?))" : ", (?, ?, ?, FROM_UNIXTIME(?))";
  // From left to right: remote is decided while `at` is still the old one.
  return sql +
         " ON DUPLICATE KEY UPDATE remote = IF(VALUES(`at`) >= `at`, VALUES(remote), remote),"
         " `at` = GREATEST(`at`, VALUES(`at`))";
}

const std::string& sql_for(std::size_t rows) {
  static const std::array<std::string, kSizes.size()> sql{make_sql(kSizes[0]), make_sql(kSizes[1]),
                                                          make_sql(kSizes[2])};
  std::size_t i = 0;
  while (kSizes[i] != rows)
    ++i;
  return sql[i];
}

void write_rows(Pool& pool, std::span<const LastLogin> logins, Deadline deadline) {
  std::vector<std::string> times;
  times.reserve(logins.size());
  std::vector<std::string_view> parameters;
  for (const LastLogin& login : logins) {
    const auto since = std::chrono::duration_cast<std::chrono::seconds>(login.at.time_since_epoch());
    times.push_back(std::to_string(since.count()));
    parameters.insert(parameters.end(), {login.username, login.service, login.remote, times.back()});
  }
  pool.execute(sql_for(logins.size()), parameters, deadline, Pool::Repeat::Allowed);
}

}  // namespace

Answer<std::size_t> MysqlLastLogins::write(std::span<const LastLogin> logins, Deadline deadline) {
  std::span<const LastLogin> rest = logins;
  try {
    for (const std::size_t size : kSizes) {
      for (; rest.size() >= size; rest = rest.subspan(size))
        write_rows(pool_, rest.first(size), deadline);
    }
  } catch (const DatabaseError& error) {
    return failed<std::size_t>(error);
  }
  return Answer<std::size_t>::found(logins.size());
}

}  // namespace extmail::mysql
