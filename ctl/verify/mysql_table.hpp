// SPDX-License-Identifier: MIT
#pragma once

#include "core/secret.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace extmail::ctl {

/// A file of Postfix's mysql_table(5), as far as it says what is asked.
struct MysqlTable {
  std::vector<std::string> hosts;  ///< `unix:/path`, `inet:host:port`, `host`; empty: localhost
  std::string user;
  Secret password;
  std::string database;
  std::string query;
  std::string result_format = "%s";
  std::vector<std::string> domains;  ///< keys of other domains are not asked; empty: all are
};

/// The text of such a file; name is for messages. Its old form (table, select_field, where_field,
/// additional_conditions) is read, too.
///
/// Errors: Misuse, with name and line, for what is no setting, and where there is no query.
[[nodiscard]] MysqlTable parse_mysql_table(std::string_view text, const std::string& name);

/// A query with one `?` for each text in quotes that the key goes into.
struct ExpandedQuery {
  std::string sql;
  std::vector<std::string> parameters;
};

/// The table's query for a key, as mysql_table(5) has %s, %u, %d, %1 to %9, and these in capitals.
/// Empty where Postfix would not ask: a part that the query wants is not there, or the domain is none of the table's.
[[nodiscard]] std::optional<ExpandedQuery> expand_query(const MysqlTable& table, std::string_view key);

/// A row's value as the map gives it: result_format, with %s, %u and %d of the value. Empty where there is none.
[[nodiscard]] std::string format_result(const MysqlTable& table, std::string_view value);

}  // namespace extmail::ctl
