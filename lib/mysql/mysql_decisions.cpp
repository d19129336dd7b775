// SPDX-License-Identifier: MIT
#include "mysql/mysql_decisions.hpp"

#include "mysql/columns.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace extmail::mysql {
namespace {

// A row of the statement is a parameter of its text, which is prepared once: so there are few sizes.
constexpr std::array<std::size_t, 3> kSizes{64, 8, 1};

std::string make_sql(std::size_t rows) {
  std::string sql =
      "INSERT INTO extmail_decision (`at`, stage, client, sasl_username, sender, recipient, queue_id, rule, "
      "action,"
      " `text`, reason) VALUES ";
  for (std::size_t i = 0; i < rows; ++i) {
    sql += i == 0 ? "" : ", ";
    sql += "(FROM_UNIXTIME(?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
  }
  return sql;
}

const std::string& sql_for(std::size_t rows) {
  static const std::array<std::string, kSizes.size()> sql{make_sql(kSizes[0]), make_sql(kSizes[1]),
                                                          make_sql(kSizes[2])};
  std::size_t i = 0;
  while (kSizes[i] != rows)
    ++i;
  return sql[i];
}

std::string text_of(std::chrono::sys_seconds time) {
  return std::to_string(time.time_since_epoch().count());
}

void write_rows(Pool& pool, std::span<const Decision> decisions, Deadline deadline) {
  std::vector<std::string> times;
  times.reserve(decisions.size());
  std::vector<std::string_view> parameters;
  for (const Decision& row : decisions) {
    times.push_back(text_of(row.at));
    parameters.insert(parameters.end(),
                      {times.back(), row.stage, row.client, row.sasl_username, row.sender, row.recipient,
                       row.queue_id, row.rule, row.action, row.text, row.reason});
  }
  pool.execute(sql_for(decisions.size()), parameters, deadline, Pool::Repeat::Allowed);
}

}  // namespace

Answer<std::size_t> MysqlDecisions::write(std::span<const Decision> decisions, Deadline deadline) {
  std::span<const Decision> rest = decisions;
  try {
    for (const std::size_t size : kSizes) {
      for (; rest.size() >= size; rest = rest.subspan(size))
        write_rows(pool_, rest.first(size), deadline);
    }
  } catch (const DatabaseError& error) {
    return failed<std::size_t>(error);
  }
  return Answer<std::size_t>::found(decisions.size());
}

Answer<std::size_t> MysqlDecisions::remove_before(std::chrono::sys_seconds oldest, Deadline deadline) {
  static const std::string sql =
      "DELETE FROM extmail_decision WHERE `at` < FROM_UNIXTIME(?) ORDER BY `at`, id LIMIT " +
      std::to_string(kMostRemoved);
  try {
    const std::string time = text_of(oldest);
    return Answer<std::size_t>::found(pool_.execute(sql, {time}, deadline, Pool::Repeat::Allowed));
  } catch (const DatabaseError& error) {
    return failed<std::size_t>(error);
  }
}

}  // namespace extmail::mysql
