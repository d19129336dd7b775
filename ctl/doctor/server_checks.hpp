// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/doctor/finding.hpp"
#include "ctl/doctor/site.hpp"
#include "mysql/connection.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace extmail::ctl {

/// The server's version, settings, and tables with their triggers; gives back whether ExtMail's tables have all the columns
/// that checks of rows read.
///
/// Errors: mysql::DatabaseError.
[[nodiscard]] bool check_server(mysql::Connection& database, const SiteFacts& site, Findings& findings);

/// What the server says of its version, as `SELECT VERSION()` does.
[[nodiscard]] bool is_too_old(std::string_view version);

/// Whether ExtMan's statements fail: a strict mode that init_connect does not loosen.
[[nodiscard]] bool breaks_extman(std::string_view sql_mode, std::string_view init_connect);

/// Logs in as each daemon, with what it has to know and what it must not.
void check_accounts(const SiteFacts& site, const std::string& database_name,
                    const std::set<std::string>& tables, Findings& findings);

/// A line of SHOW GRANTS. Roles, and rights on procedures, are none on tables or functions: empty then.
struct Grant {
  struct Right {
    std::string name;                  ///< SELECT, ALL PRIVILEGES, …
    std::vector<std::string> columns;  ///< empty: all
  };
  std::vector<Right> rights;
  std::string database;  ///< `*`: all
  std::string table;     ///< `*`: all, and all functions; empty for rights on a function
  std::string function;
};
[[nodiscard]] Grant parse_grant(std::string_view line);

/// What of a grant an account must not have; empty where all is well. database is the one with ExtMail's tables.
[[nodiscard]] std::string excess_of(const Grant& grant, const DaemonFacts& daemon, bool may_write_passwords,
                                    std::string_view database);

/// Whether the accounts that extmailctl may be run with can flush: the one of `[ctl]`, which database is opened with, and
/// that of sql/grants.sql, as far as the first may see it.
///
/// Errors: mysql::DatabaseError.
void check_flush_rights(mysql::Connection& database, const SiteFacts& site, Findings& findings);

/// The rights that extmailctl flush needs and these grants do not give, as GRANT words them: `INSERT ON …`. database is the
/// one with the change log.
[[nodiscard]] std::vector<std::string> missing_for_flush(const std::vector<Grant>& grants,
                                                         std::string_view database);

/// Whether a name of a database in a grant, which may stand for several, stands for this one.
[[nodiscard]] bool is_for(std::string name, std::string_view database);

/// Whether the database has a change log, as far as the account may know: it may call the function of it, and not see the
/// table.
[[nodiscard]] bool has_change_log(mysql::Connection& database, const std::set<std::string>& tables);

/// Tables of the selected database.
[[nodiscard]] std::set<std::string> tables_of(mysql::Connection& database);

}  // namespace extmail::ctl
