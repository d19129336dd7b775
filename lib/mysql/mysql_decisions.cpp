// SPDX-License-Identifier: MIT
#include "mysql/mysql_decisions.hpp"

#include "mysql/columns.hpp"
#include "mysql/multi_row_insert.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace extmail::mysql {
namespace {

std::string text_of(std::chrono::sys_seconds time) {
  return std::to_string(time.time_since_epoch().count());
}

}  // namespace

Answer<std::size_t> MysqlDecisions::write(std::span<const Decision> decisions, Deadline deadline) {
  static const MultiRowInsert insert(
      "extmail_decision (`at`, stage, client, sasl_username, sender, recipient, queue_id, rule, action,"
      " `text`, reason)",
      "(FROM_UNIXTIME(?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  std::vector<std::string> times;
  times.reserve(decisions.size());
  std::vector<std::string_view> parameters;
  for (const Decision& row : decisions) {
    times.push_back(text_of(row.at));
    parameters.insert(parameters.end(),
                      {times.back(), row.stage, row.client, row.sasl_username, row.sender, row.recipient,
                       row.queue_id, row.rule, row.action, row.text, row.reason});
  }
  return insert.run(*pool_, parameters, deadline);
}

Answer<std::size_t> MysqlDecisions::remove_before(std::chrono::sys_seconds oldest, Deadline deadline) {
  static const std::string sql =
      "DELETE FROM extmail_decision WHERE `at` < FROM_UNIXTIME(?) ORDER BY `at`, id LIMIT " +
      std::to_string(kMostRemoved);
  try {
    const std::string time = text_of(oldest);
    return Answer<std::size_t>::found(pool_->execute(sql, {time}, deadline, Pool::Repeat::Allowed));
  } catch (const DatabaseError& error) {
    return failed<std::size_t>(error);
  }
}

}  // namespace extmail::mysql
