// SPDX-License-Identifier: MIT
#include "ctl/migrate/plan.hpp"

#include "ctl/migrate/scripts.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace extmail::ctl;

namespace {

/// A database as sql/ makes it, with all accounts and rights.
SchemaFacts whole() {
  SchemaFacts facts;
  facts.database = "extmail";
  facts.may_make_accounts = true;
  for (const auto& target : table_targets(kSchemaScript)) {
    auto& table = facts.tables[target.name];
    table = {"InnoDB", "DYNAMIC", "utf8mb4", {}, {}};
    for (const auto& column : target.columns) {
      ColumnFacts made;
      made.name = column.name;
      made.type = column.definition.substr(0, column.definition.find(' '));
      if (column.is_text()) made.charset = "utf8mb4";
      made.characters = column.characters();
      made.initial = "''";
      table.columns.push_back(made);
    }
    for (const auto& index : target.indexes)
      table.indexed.insert(index.first_column);
  }
  for (const auto& target : extension_targets()) {
    for (const auto& name : target.tables)
      facts.tables[name] = {"InnoDB", "DYNAMIC", "utf8mb4", {}, {}};
    facts.triggers.insert(target.triggers.begin(), target.triggers.end());
    for (const auto& routine : target.routines)
      facts.routines.insert(routine.first);
  }
  for (const auto& grant : daemon_grants(kGrantsScript))
    facts.accounts[grant.account].rights.insert(grant.rights.begin(), grant.rights.end());
  return facts;
}

ColumnFacts& column_of(SchemaFacts& facts, const std::string& table, const std::string& name) {
  auto& columns = facts.tables.at(table).columns;
  return *std::find_if(columns.begin(), columns.end(), [&](const auto& each) { return each.name == name; });
}

/// All statements, one after the other.
std::string sql_of(const Plan& plan) {
  std::string text;
  for (const auto& step : plan.steps) {
    for (const auto& statement : step.statements)
      text += statement + '\n';
  }
  return text;
}

/// A mailbox.name of this character set, in which so many values are this.
SchemaFacts with_name(const std::string& charset, const TextFacts& text) {
  auto facts = whole();
  auto& column = column_of(facts, "mailbox", "name");
  column.charset = charset;
  if (charset.empty()) {
    column.type = "varbinary(1020)";
    column.characters = 1020;
  }
  column.text = text;
  return facts;
}

constexpr const char* kToBinary = "ALTER TABLE `mailbox` MODIFY `name` varbinary(1020) NOT NULL DEFAULT ''\n";
constexpr const char* kToUtf8mb4 =
    "ALTER TABLE `mailbox` MODIFY `name` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci "
    "NOT NULL DEFAULT ''\n";

}  // namespace

TEST_CASE("a database that is as it should be wants nothing") {
  const auto plan = make_plan(whole(), {});
  CHECK(sql_of(plan).empty());
  CHECK(plan.steps.empty());
  CHECK(plan.remarks.empty());
}

TEST_CASE("an empty database gets all of it") {
  SchemaFacts facts;
  facts.may_make_accounts = true;
  const auto plan = make_plan(facts, {});
  REQUIRE(plan.steps.size() == 5 + 3 + 3);
  CHECK(plan.steps.front().statements.front().starts_with("CREATE TABLE IF NOT EXISTS `domain`"));
  CHECK(plan.steps.back().new_account == "extmail_policyd");
  CHECK(sql_of(plan).find("extmail_mail_usage") == std::string::npos);
  CHECK(sql_of(plan).find("extmail_decision") == std::string::npos);
}

TEST_CASE("what only some need is made on request, with the right to it") {
  struct Case {
    const char* file;
    std::string table;
  };
  for (const auto& [file, table] :
       {Case{kUsageFile, "extmail_mail_usage"}, Case{kDecisionFile, "extmail_decision"}}) {
    CAPTURE(file);
    SchemaFacts facts;
    facts.may_make_accounts = true;
    MigrationOptions options;
    options.extras = {file};
    const std::string sql = sql_of(make_plan(facts, options));
    CHECK(sql.find("CREATE TABLE IF NOT EXISTS `" + table) != std::string::npos);
    CHECK(sql.find("ON `" + table + "` TO 'extmail_policyd'") != std::string::npos);
  }
}

TEST_CASE("text becomes utf8mb4 by what its bytes are") {
  struct Case {
    const char* what;
    std::string charset;
    TextFacts text;
    std::string other_bytes;
    std::string sql;  ///< of mailbox.name; empty: it stays
    bool has_remark = false;
  };
  const std::string both = std::string(kToBinary) + kToUtf8mb4;
  const std::vector<Case> cases{
      {"ASCII alone", "latin1", {}, "", kToUtf8mb4},
      {"UTF-8 in latin1", "latin1", {3, 3, 0, 0, {}}, "", both},
      {"UTF-8 in gbk", "gbk", {3, 3, 0, 0, {}}, "", both},
      {"gbk in gbk", "gbk", {3, 0, 0, 0, {}}, "", kToUtf8mb4},
      {"utf8 in utf8", "utf8mb3", {3, 3, 0, 0, {}}, "", kToUtf8mb4},
      {"some in latin1 that is no UTF-8", "latin1", {3, 2, 0, 0, {}}, "", "", true},
      {"none in latin1 that is UTF-8", "latin1", {3, 0, 0, 0, {}}, "", "", true},
      {"that is not what was said either", "latin1", {3, 1, 1, 0, {}}, "gbk", "", true},
      {"broken off behind the first half", "", {3, 3, 0, 0, {}}, "", kToUtf8mb4},
      {"the same, all ASCII", "", {}, "", kToUtf8mb4},
      {"broken off before the translation", "", {3, 1, 2, 0, {}}, "", "", true},
  };
  for (const auto& each : cases) {
    INFO(each.what);
    MigrationOptions options;
    options.other_bytes = each.other_bytes;
    const auto plan = make_plan(with_name(each.charset, each.text), options);
    CHECK(sql_of(plan) == each.sql);
    CHECK(plan.remarks.size() == (each.has_remark ? 1 : 0));
  }
}

TEST_CASE("bytes of a known character set are translated between the two halves") {
  MigrationOptions options;
  options.other_bytes = "gbk";
  const auto sql = sql_of(make_plan(with_name("latin1", {3, 1, 2, 0, {}}), options));
  const auto translation = sql.find("UPDATE `mailbox` SET `name` = CAST(CONVERT(CONVERT(");
  CHECK(sql.starts_with(kToBinary));
  CHECK(sql.ends_with(kToUtf8mb4));
  REQUIRE(translation != std::string::npos);
  CHECK(sql.find("USING gbk", translation) != std::string::npos);
}

TEST_CASE("text that was encoded twice is put right where the column is UTF-8 already") {
  const auto plan = make_plan(with_name("utf8mb4", {2, 2, 0, 1, {"å → 张"}}), {});
  REQUIRE(plan.steps.size() == 1);
  CHECK(plan.steps.front().reason.find("name: å → 张") != std::string::npos);
  CHECK(sql_of(plan).starts_with("UPDATE `mailbox` SET `name` = CONVERT(CAST(CONVERT(`name` USING latin1)"));
}

TEST_CASE("what is missing is added where ExtMail has it") {
  auto facts = whole();
  auto& mailbox = facts.tables.at("mailbox");
  mailbox.columns.erase(std::remove_if(mailbox.columns.begin(), mailbox.columns.end(),
                                       [](const auto& column) { return column.name == "clearpwd"; }),
                        mailbox.columns.end());
  mailbox.indexed.erase("domain");
  mailbox.engine = "MyISAM";
  column_of(facts, "mailbox", "quota").characters = 12;
  facts.triggers.erase("extmail_alias_delete");
  CHECK(sql_of(make_plan(facts, {}))
            .starts_with("ALTER TABLE `mailbox` ENGINE=InnoDB ROW_FORMAT=DYNAMIC\n"
                         "ALTER TABLE `mailbox` MODIFY `quota` varchar(16) CHARACTER SET utf8mb4 COLLATE "
                         "utf8mb4_general_ci NOT NULL DEFAULT ''\n"
                         "ALTER TABLE `mailbox` ADD COLUMN `clearpwd` varchar(128) NOT NULL DEFAULT '' AFTER "
                         "`password`\n"
                         "ALTER TABLE `mailbox` ADD KEY `domain` (`domain`)\n"
                         "CREATE TABLE IF NOT EXISTS `extmail_change_log`"));
}

TEST_CASE("a trigger of an older release is made anew") {
  auto facts = whole();
  facts.triggers.at("extmail_domain_insert") = "CALL `something_else`()";
  const auto plan = make_plan(facts, {});
  REQUIRE(plan.steps.size() == 1);
  CHECK(plan.steps.front().reason.starts_with("change_log.sql"));
}

TEST_CASE("a daemon gets the rights that it lacks, and those only") {
  auto facts = whole();
  facts.accounts.at("extmail_mapd").rights.erase("DELETE extmail_change_log");
  facts.accounts.at("extmail_authd").rights.erase("SELECT domain.active");
  facts.accounts.at("extmail_authd").rights.insert("SELECT domain");  // of the whole table
  CHECK(sql_of(make_plan(facts, {})) ==
        "GRANT SELECT, DELETE ON `extmail_change_log` TO 'extmail_mapd'@'localhost'\n");
  MigrationOptions options;
  options.with_accounts = false;
  CHECK(make_plan(facts, options).steps.empty());
}

TEST_CASE("what nobody reads any more is told of, and stays") {
  auto facts = whole();
  facts.tables.at("mailbox").columns.push_back(
      {"authorizedservices", "varchar(255)", "utf8mb4", 255, false, "''", "", {}});
  const auto plan = make_plan(facts, {});
  CHECK(plan.steps.empty());
  REQUIRE(plan.remarks.size() == 1);
  CHECK(plan.remarks.front().starts_with("mailbox.authorizedservices"));
}

TEST_CASE("undo deletes rows and accounts on request only") {
  const auto plain = sql_of(make_undo_plan(whole(), false, false));
  CHECK(plain.find("DROP TRIGGER IF EXISTS `extmail_alias_delete`") != std::string::npos);
  CHECK(plain.find("DROP PROCEDURE IF EXISTS `extmail_note_change`") != std::string::npos);
  CHECK(plain.find("DROP TABLE") == std::string::npos);
  CHECK(plain.find("DROP USER") == std::string::npos);
  const auto all = sql_of(make_undo_plan(whole(), true, true));
  CHECK(all.find("DROP TABLE IF EXISTS `extmail_policy`") != std::string::npos);
  CHECK(all.find("DROP TABLE IF EXISTS `mailbox`") == std::string::npos);
  CHECK(all.find("DROP USER IF EXISTS 'extmail_authd'@'localhost'") != std::string::npos);
  CHECK(make_undo_plan({}, true, true).steps.empty());
}

TEST_CASE("rights that are missing are told by name") {
  SchemaFacts facts;
  facts.own_rights = {"SELECT", "INSERT", "UPDATE",         "DELETE",        "CREATE", "DROP",
                      "ALTER",  "INDEX",  "CREATE ROUTINE", "ALTER ROUTINE", "EXECUTE"};
  CHECK(missing_rights(facts) == std::vector<std::string>{"TRIGGER"});
}
