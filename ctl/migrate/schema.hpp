// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// What a database is, as far as a migration goes by it. Read by read_schema(), judged by make_plan().
namespace extmail::ctl {

/// What the bytes of a text column turn out to be, whatever the table says.
struct TextFacts {
  std::uint64_t not_ascii = 0;  ///< values with other bytes than ASCII; all below are among these
  std::uint64_t utf8 = 0;       ///< whose bytes are UTF-8
  std::uint64_t legacy = 0;   ///< whose bytes are not, but fit the character set that the administrator names
  std::uint64_t doubled = 0;  ///< of a column that is UTF-8: which is UTF-8 taken for latin1 once before
  std::vector<std::string>
      samples;  ///< `before → after` of a few values that would be changed; never of secrets

  bool operator==(const TextFacts&) const = default;
};

struct ColumnFacts {
  std::string name;
  std::string type;     ///< as SQL has it: `varchar(255)`, `text`
  std::string charset;  ///< empty for what is no text, `binary` included
  std::uint64_t characters = 0;
  bool is_nullable = false;
  std::optional<std::string> initial;  ///< what stands behind DEFAULT; empty for none
  std::string comment;
  TextFacts text;
};

struct TableFacts {
  std::string engine;
  std::string row_format;
  std::string charset;  ///< of columns that are added
  std::vector<ColumnFacts> columns;
  std::set<std::string> indexed;  ///< the first column of each index

  [[nodiscard]] const ColumnFacts* find(const std::string& column) const {
    for (const auto& each : columns) {
      if (each.name == column) return &each;
    }
    return nullptr;
  }
};

struct AccountFacts {
  std::set<std::string>
      rights;  ///< `SELECT domain.active`, `DELETE extmail_change_log`, `EXECUTE a_function`
};

struct SchemaFacts {
  std::string database;
  std::map<std::string, TableFacts> tables;
  std::map<std::string, std::string> triggers;  ///< with their bodies
  std::set<std::string> routines;
  std::map<std::string, AccountFacts> accounts;  ///< those at localhost that are there, of the daemons
  std::set<std::string> own_rights;              ///< of who asks, on this database: `ALTER`, …
  bool may_make_accounts = false;
};

}  // namespace extmail::ctl
