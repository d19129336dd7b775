// SPDX-License-Identifier: MIT
#include "ctl/migrate/plan.hpp"

#include "ctl/migrate/scripts.hpp"
#include "ctl/migrate/text_plan.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace extmail::ctl {
namespace {

constexpr std::array kDaemons{"extmail_mapd", "extmail_authd", "extmail_policyd"};

/// What any of the statements here takes.
constexpr std::array kNeededRights{"SELECT",         "INSERT",        "UPDATE", "DELETE",
                                   "CREATE",         "DROP",          "ALTER",  "TRIGGER",
                                   "CREATE ROUTINE", "ALTER ROUTINE", "INDEX",  "EXECUTE"};

std::string account_name(const std::string& name) {
  return '\'' + name + "'@'localhost'";
}

void plan_storage(const TableTarget& target, const TableFacts& table, Plan& plan) {
  const bool is_old_format = table.row_format == "COMPACT" || table.row_format == "REDUNDANT";
  if (table.engine == "InnoDB" && !is_old_format) return;
  plan.steps.push_back({table.engine == "InnoDB"
                            ? target.name + " has a row format whose indexes are too short for utf8mb4"
                            : target.name + " is " + table.engine + ": a crash may cost mailboxes",
                        {"ALTER TABLE `" + target.name + "` ENGINE=InnoDB ROW_FORMAT=DYNAMIC"},
                        {}});
}

void plan_columns(const TableTarget& target, const TableFacts& table, Plan& plan) {
  std::string names;
  std::string changes;
  std::string before;
  for (const auto& column : target.columns) {
    if (table.find(column.name) == nullptr) {
      names += (names.empty() ? "" : ", ") + column.name;
      changes += (changes.empty() ? "" : ", ") + ("ADD COLUMN `" + column.name + "` ") + column.definition;
      changes += before.empty() ? " FIRST" : " AFTER `" + before + '`';
    }
    before = column.name;
  }
  if (!names.empty())
    plan.steps.push_back({"ExtMail 1.2 wants of " + target.name + ": " + names,
                          {"ALTER TABLE `" + target.name + "` " + changes},
                          {}});
  for (const auto& index : target.indexes) {
    if (table.indexed.count(index.first_column) > 0) continue;
    plan.steps.push_back({target.name + " has no index on " + index.first_column,
                          {"ALTER TABLE `" + target.name + "` ADD " + index.definition},
                          {}});
  }
}

void plan_tables(const SchemaFacts& facts, const MigrationOptions& options, Plan& plan) {
  for (const auto& target : table_targets(kSchemaScript)) {
    const auto table = facts.tables.find(target.name);
    if (table == facts.tables.end()) {
      plan.steps.push_back({"there is no table " + target.name, {target.statement}, {}});
      continue;
    }
    plan_storage(target, table->second, plan);
    plan_text(target, table->second, options, plan);
    plan_columns(target, table->second, plan);
  }
}

bool is_complete(const ExtensionTarget& target, const SchemaFacts& facts) {
  return std::all_of(target.tables.begin(), target.tables.end(),
                     [&](const auto& name) { return facts.tables.count(name) > 0; }) &&
         std::all_of(target.routines.begin(), target.routines.end(),
                     [&](const auto& routine) { return facts.routines.count(routine.first) > 0; }) &&
         std::all_of(target.triggers.begin(), target.triggers.end(), [&](const auto& trigger) {
           const auto found = facts.triggers.find(trigger.first);
           return found != facts.triggers.end() && in_one_line(found->second) == trigger.second;
         });
}

/// Whether most do without it: it is there for what only some switch on.
bool is_extra(const ExtensionTarget& target) {
  return target.file == kUsageFile || target.file == kDecisionFile;
}

/// The names of tables and functions that are there in the end.
std::set<std::string> plan_extensions(const SchemaFacts& facts, const MigrationOptions& options, Plan& plan) {
  std::set<std::string> objects;
  for (const auto& target : table_targets(kSchemaScript))
    objects.insert(target.name);
  for (auto& target : extension_targets()) {
    const bool is_begun = std::any_of(target.tables.begin(), target.tables.end(),
                                      [&](const auto& name) { return facts.tables.count(name) > 0; });
    if (is_extra(target) && !is_begun && options.extras.count(target.file) == 0) continue;
    objects.insert(target.tables.begin(), target.tables.end());
    for (const auto& routine : target.routines)
      objects.insert(routine.first);
    if (!is_complete(target, facts))
      plan.steps.push_back({target.file + ": " + target.purpose, std::move(target.statements), {}});
  }
  return objects;
}

/// A right to a column is had by the right to the whole table, too.
bool has_right(const AccountFacts& account, const std::string& right) {
  return account.rights.count(right) > 0 || account.rights.count(right.substr(0, right.rfind('.'))) > 0;
}

void plan_accounts(const SchemaFacts& facts, const std::set<std::string>& objects, Plan& plan) {
  const auto grants = daemon_grants(kGrantsScript);
  for (const std::string name : kDaemons) {
    const auto account = facts.accounts.find(name);
    MigrationStep step{"", {}, ""};
    if (account == facts.accounts.end()) {
      step.reason = "there is no account " + name;
      step.new_account = name;
    } else {
      step.reason = name + " lacks rights";
    }
    for (const auto& grant : grants) {
      if (grant.account != name || objects.count(grant.object) == 0) continue;
      const bool has_all = account != facts.accounts.end() &&
                           std::all_of(grant.rights.begin(), grant.rights.end(),
                                       [&](const auto& right) { return has_right(account->second, right); });
      if (!has_all) step.statements.push_back(grant.statement);
    }
    if (!step.statements.empty() || !step.new_account.empty()) plan.steps.push_back(std::move(step));
  }
}

/// What no step takes away, and nobody reads any more.
void remark_on_leftovers(const SchemaFacts& facts, Plan& plan) {
  const auto has = [&](const std::string& table, const std::string& column) {
    const auto found = facts.tables.find(table);
    return found != facts.tables.end() && found->second.find(column) != nullptr;
  };
  if (has("mailbox", "authorizedservices"))
    plan.remarks.emplace_back(
        "mailbox.authorizedservices, of ExtMail 0.16, stays, and nobody reads it: what its values mean is "
        "not "
        "written down anywhere. The columns disable* start with NULL, which allows everything; look whether "
        "that is what you want");
  if (has("alias", "expiredate"))
    plan.remarks.emplace_back(
        "alias.expiredate, of ExtMail before 0.2.4, stays, and nobody reads it: an alias does not expire");
}

}  // namespace

Plan make_plan(const SchemaFacts& facts, const MigrationOptions& options) {
  Plan plan;
  remark_on_leftovers(facts, plan);
  plan_tables(facts, options, plan);
  const auto objects = plan_extensions(facts, options, plan);
  if (!options.with_accounts) return plan;
  if (facts.may_make_accounts)
    plan_accounts(facts, objects, plan);
  else
    plan.remarks.emplace_back(
        "the daemons' accounts are not looked at: that takes the rights CREATE USER and GRANT OPTION on all "
        "databases. Load grants.sql as an account that has them");
  return plan;
}

Plan make_undo_plan(const SchemaFacts& facts, bool with_data, bool with_accounts) {
  Plan plan;
  for (const auto& target : extension_targets()) {
    MigrationStep step{"what " + target.file + " made", {}, ""};
    for (const auto& trigger : target.triggers) {
      if (facts.triggers.count(trigger.first) > 0)
        step.statements.push_back("DROP TRIGGER IF EXISTS `" + trigger.first + '`');
    }
    for (const auto& [name, kind] : target.routines) {
      if (facts.routines.count(name) > 0)
        step.statements.push_back(
            std::string("DROP ").append(kind).append(" IF EXISTS `").append(name).append("`"));
    }
    for (const auto& table : target.tables) {
      if (facts.tables.count(table) == 0) continue;
      if (with_data)
        step.statements.push_back("DROP TABLE IF EXISTS `" + table + '`');
      else
        plan.remarks.push_back(table + " stays, with what is in it; --drop-data deletes it");
    }
    if (!step.statements.empty()) plan.steps.push_back(std::move(step));
  }
  for (const std::string name : kDaemons) {
    if (facts.accounts.count(name) == 0) continue;
    if (with_accounts)
      plan.steps.push_back({"the account of a daemon", {"DROP USER IF EXISTS " + account_name(name)}, ""});
    else
      plan.remarks.push_back("the account " + name + " stays; --drop-accounts deletes it");
  }
  plan.remarks.emplace_back(
      "ExtMail's own tables stay as they are: ExtMail works on them, and a former engine or character set "
      "could hold less");
  return plan;
}

std::vector<std::string> missing_rights(const SchemaFacts& facts) {
  std::vector<std::string> missing;
  for (const std::string right : kNeededRights) {
    if (facts.own_rights.count(right) == 0) missing.push_back(right);
  }
  return missing;
}

}  // namespace extmail::ctl
