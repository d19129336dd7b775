// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// What the files of sql/ make, read out of their statements, so that it is said in one place only.
namespace extmail::ctl {

/// A table as extmail.sql has it.
struct TableTarget {
  struct Column {
    std::string name;
    std::string definition;  ///< what follows the name
    [[nodiscard]] bool is_text() const;
    [[nodiscard]] std::uint64_t characters() const;  ///< of a varchar; 0 of others
  };
  struct Index {
    std::string first_column;
    std::string definition;
  };
  std::string name;
  std::string statement;
  std::vector<Column> columns;
  std::vector<Index> indexes;

  [[nodiscard]] const Column* find(const std::string& column) const;
};

[[nodiscard]] std::vector<TableTarget> table_targets(std::string_view schema_script);

/// One of the files beside it.
struct ExtensionTarget {
  std::string file;
  std::string purpose;
  std::vector<std::string> statements;
  std::set<std::string> tables;
  std::map<std::string, std::string> triggers;  ///< with their bodies
  std::map<std::string, std::string> routines;  ///< with PROCEDURE or FUNCTION
};

[[nodiscard]] ExtensionTarget extension_target(std::string file, std::string purpose,
                                               std::string_view script);

/// All of them.
[[nodiscard]] std::vector<ExtensionTarget> extension_targets();

/// What grants.sql gives to the daemons, that which it gives on request only left out.
struct AccountGrant {
  std::string account;           ///< `extmail_mapd`, at localhost
  std::string object;            ///< a table or function
  std::set<std::string> rights;  ///< as AccountFacts has them
  std::string statement;
};

[[nodiscard]] std::vector<AccountGrant> daemon_grants(std::string_view grants_script);

/// text with each run of blanks as one, so that layout makes no difference.
[[nodiscard]] std::string in_one_line(std::string_view text);

}  // namespace extmail::ctl
