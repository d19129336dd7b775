// SPDX-License-Identifier: MIT
#include "ctl/migrate/catalogue.hpp"

#include "ctl/migrate/scripts.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>

using namespace extmail::ctl;

TEST_CASE("ExtMail's tables are read out of extmail.sql whole") {
  std::map<std::string, std::size_t> columns;
  std::map<std::string, std::size_t> indexes;
  for (const auto& table : table_targets(kSchemaScript)) {
    columns[table.name] = table.columns.size();
    indexes[table.name] = table.indexes.size();
  }
  CHECK(columns ==
        std::map<std::string, std::size_t>{
            {"domain", 21}, {"mailbox", 25}, {"alias", 5}, {"manager", 11}, {"domain_manager", 4}});
  CHECK(indexes == std::map<std::string, std::size_t>{
                       {"domain", 1}, {"mailbox", 2}, {"alias", 2}, {"manager", 1}, {"domain_manager", 1}});
  const auto tables = table_targets(kSchemaScript);
  const auto* quota = tables.at(1).find("quota");
  REQUIRE(quota != nullptr);
  CHECK(quota->definition == "varchar(16) NOT NULL DEFAULT '0'");
  CHECK(quota->is_text());
  CHECK(quota->characters() == 16);
  CHECK_FALSE(tables.at(1).find("uidnumber")->is_text());
  CHECK(tables.at(1).find("nothing") == nullptr);
}

TEST_CASE("what the other files make is read out of them whole") {
  const auto targets = extension_targets();
  REQUIRE(targets.size() == 5);
  std::set<std::string> tables;
  for (const auto& target : targets) {
    INFO(target.file);
    const auto begins = [&](const char* what) {
      return static_cast<std::size_t>(
          std::count_if(target.statements.begin(), target.statements.end(),
                        [&](const auto& statement) { return statement.starts_with(what); }));
    };
    CHECK(target.tables.size() == begins("CREATE TABLE "));
    CHECK(target.triggers.size() == begins("CREATE TRIGGER "));
    CHECK(target.routines.size() == begins("CREATE PROCEDURE ") + begins("CREATE FUNCTION "));
    tables.insert(target.tables.begin(), target.tables.end());
  }
  CHECK(targets.front().triggers.size() == 9);
  CHECK(targets.front().triggers.at("extmail_domain_insert") ==
        "CALL `extmail_note_change`(0, NEW.`domain`)");
  CHECK(tables == std::set<std::string>{"extmail_change_log", "extmail_app_password", "extmail_user_field",
                                        "extmail_last_login", "extmail_policy", "extmail_mail_usage",
                                        "extmail_decision"});
}

TEST_CASE("the daemons' rights are read out of grants.sql, and nobody else's") {
  const auto grants = daemon_grants(kGrantsScript);
  std::map<std::string, std::set<std::string>> rights;
  for (const auto& grant : grants)
    rights[grant.account].insert(grant.rights.begin(), grant.rights.end());
  CHECK(rights.size() == 3);
  CHECK(rights["extmail_mapd"].count("SELECT mailbox.maildir") == 1);
  CHECK(rights["extmail_mapd"].count("SELECT mailbox.password") == 0);
  CHECK(rights["extmail_authd"].count("SELECT mailbox.password") == 1);
  CHECK(rights["extmail_authd"].count("UPDATE mailbox.password") == 0);
  CHECK(rights["extmail_policyd"].count("DELETE extmail_change_log") == 1);
  CHECK(rights["extmail_policyd"].count("EXECUTE extmail_policy_triggers") == 1);
  CHECK(std::any_of(grants.begin(), grants.end(), [](const auto& grant) {
    return grant.statement == "GRANT SELECT ON `extmail_policy` TO 'extmail_policyd'@'localhost'";
  }));
}
