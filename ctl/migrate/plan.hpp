// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/migrate/catalogue.hpp"
#include "ctl/migrate/schema.hpp"

#include <set>
#include <string>
#include <vector>

namespace extmail::ctl {

/// One thing that is to be done. Each can be broken off anywhere: the plan for what is there then goes on with it.
struct MigrationStep {
  std::string reason;
  std::vector<std::string> statements;
  std::string
      new_account;  ///< of a daemon, that is made with its password before the statements; empty for none
};

inline constexpr const char* kUsageFile = "usage_extensions.sql";
inline constexpr const char* kDecisionFile = "decision_extensions.sql";

struct MigrationOptions {
  std::set<std::string> extras =
      {};  ///< files of sql/ that are run only on request, where their tables are not there
  bool with_accounts = true;
  std::string other_bytes;  ///< the character set of text whose bytes are no UTF-8; empty: not known
};

struct Plan {
  std::vector<MigrationStep> steps;
  std::vector<std::string> remarks;  ///< what is left as it is, and why
};

/// What makes of this database one that ExtMail 1.2 and the suite can work on. Says the same of the same facts: nothing
/// else is remembered of a migration.
[[nodiscard]] Plan make_plan(const SchemaFacts& facts, const MigrationOptions& options);

/// What takes away what a migration added to ExtMail's tables: triggers and routines; with_data the tables of the suite too,
/// with all that is in them; with_accounts the daemons' accounts. ExtMail's own tables stay as they are.
[[nodiscard]] Plan make_undo_plan(const SchemaFacts& facts, bool with_data, bool with_accounts);

/// Of these rights on the database, those that who asks has not.
[[nodiscard]] std::vector<std::string> missing_rights(const SchemaFacts& facts);

}  // namespace extmail::ctl
