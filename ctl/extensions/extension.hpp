// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/changes.hpp"
#include "ctl/command.hpp"
#include "ctl/output/report.hpp"

#include <functional>
#include <string>
#include <vector>

/// The tables of the suite's own, which a database need not have.
namespace extmail::ctl {

struct Extension {
  const char* table;
  const char* file;  ///< what makes it: "sql/login_extensions.sql"
};
inline constexpr Extension kAppPasswords{"extmail_app_password", "sql/login_extensions.sql"};
inline constexpr Extension kUserFields{"extmail_user_field", "sql/login_extensions.sql"};
inline constexpr Extension kPolicies{"extmail_policy", "sql/policy_extensions.sql"};

/// A column of its list.
struct ListedColumn {
  std::string name;
  Report::Kind kind = Report::Kind::Text;
};

/// Lists rows, those that fit all conditions: SQL with one `?` each for a value.
/// Errors: mysql::DatabaseError, which names the file to be loaded where there is no such table.
int list_rows(const Invocation& invocation, const Extension& extension,
              const std::vector<ListedColumn>& columns,
              const std::vector<std::pair<std::string, std::string>>& conditions, const std::string& order);

/// Writes what gather gathers in a transaction, or shows it.
/// Errors: the same; what gather throws.
void write_rows(const Invocation& invocation, const Extension& extension, bool is_dry_run,
                const std::function<void(mysql::Connection&, Changes&)>& gather);

/// The address of a mailbox that is there, as its row has it; locked until the transaction ends.
/// Errors: Misuse for what is no address; Refused where there is no such mailbox.
[[nodiscard]] std::string existing_mailbox(mysql::Connection& database, const std::string& given);

/// What an administrator wrote for a column of text. Errors: Misuse, which names the column.
[[nodiscard]] std::string checked_text(const char* column, const std::string& given,
                                       std::size_t max_characters);

/// Networks as they stand in a row: "192.0.2.0/24,local". Errors: Misuse, which names the part that is none.
[[nodiscard]] std::string checked_networks(const char* column, const std::string& given);

}  // namespace extmail::ctl
