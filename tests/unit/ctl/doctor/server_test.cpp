// SPDX-License-Identifier: MIT
#include "ctl/doctor/server_checks.hpp"
#include "support/catch.hpp"

using namespace extmail::ctl;

TEST_CASE("old servers are told by their version") {
  CHECK(is_too_old("10.5.23-MariaDB-0+deb11u1"));
  CHECK(is_too_old("10.10.2-MariaDB"));
  CHECK_FALSE(is_too_old("10.11.6-MariaDB-0+deb12u1"));
  CHECK_FALSE(is_too_old("11.8.2-MariaDB"));
  CHECK(is_too_old("5.7.44-log"));
  CHECK_FALSE(is_too_old("8.0.36"));
  CHECK_FALSE(is_too_old("9.1.0"));
  CHECK_FALSE(is_too_old("whatever"));
}

TEST_CASE("a strict mode breaks ExtMan unless it is loosened for it") {
  CHECK(breaks_extman("STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION", ""));
  CHECK(breaks_extman("STRICT_ALL_TABLES", "SET NAMES utf8mb4"));
  CHECK_FALSE(breaks_extman("NO_ENGINE_SUBSTITUTION", ""));
  CHECK_FALSE(breaks_extman("STRICT_ALL_TABLES",
                            "SET SESSION sql_mode = IF(USER() LIKE 'webman@%', '', @@sql_mode)"));
}

TEST_CASE("grants are read") {
  const auto grant = parse_grant(
      "GRANT SELECT (`username`, `domain`), UPDATE ON `extmail`.`mailbox` TO `extmail_mapd`@`localhost`");
  CHECK(grant.database == "extmail");
  CHECK(grant.table == "mailbox");
  REQUIRE(grant.rights.size() == 2);
  CHECK(grant.rights[0].name == "SELECT");
  CHECK(grant.rights[0].columns == std::vector<std::string>{"username", "domain"});
  CHECK(grant.rights[1].name == "UPDATE");
  CHECK(grant.rights[1].columns.empty());
}

TEST_CASE("a right on a function is none on a table") {
  const auto grant = parse_grant("GRANT EXECUTE ON FUNCTION `extmail`.`f` TO `a`@`b`");
  CHECK(grant.database == "extmail");
  CHECK(grant.table.empty());
  CHECK(grant.function == "f");
  REQUIRE(grant.rights.size() == 1);
  CHECK(grant.rights[0].name == "EXECUTE");
}

TEST_CASE("what is no grant on tables has no rights on tables") {
  for (const auto* line :
       {"", "GRANT", "GRANT `admin` TO `a`@`b`", "GRANT SELECT", "REVOKE ALL ON x.y FROM z",
        "GRANT EXECUTE ON PROCEDURE `extmail`.`p` TO `a`@`b`", "SET DEFAULT ROLE x FOR y"}) {
    CAPTURE(line);
    CHECK(parse_grant(line).rights.empty());
  }
}

TEST_CASE("what an account must not have is told") {
  struct Case {
    std::string daemon;
    std::string grant;
    bool is_too_much;
  };
  const auto& [daemon, grant, is_too_much] = GENERATE(values<Case>({
      {"mapd", "USAGE ON *.*", false},
      {"mapd", "SELECT (`username`, `quota`) ON `extmail`.`mailbox`", false},
      {"mapd", "SELECT (`username`, `password`) ON `extmail`.`mailbox`", true},
      {"mapd", "SELECT (`clearpwd`) ON `extmail`.`mailbox`", true},
      {"mapd", "SELECT ON `extmail`.`mailbox`", true},
      {"mapd", "SELECT ON `extmail`.`manager`", true},
      {"mapd", "SELECT ON `extmail`.`domain`", false},
      {"mapd", "SELECT ON `extmail`.`office_routes`", false},
      {"mapd", "SELECT ON `other`.`mailbox`", false},
      {"mapd", "SELECT ON `extmail`.*", true},
      {"mapd", "SELECT ON `ext%`.*", false},
      {"mapd", "SELECT ON `%`.*", true},
      {"mapd", "ALL PRIVILEGES ON *.*", true},
      {"mapd", "INSERT ON `extmail`.`alias`", true},
      {"mapd", "SELECT, DELETE ON `extmail`.`extmail_change_log`", false},
      {"authd", "SELECT (`username`, `password`, `clearpwd`) ON `extmail`.`mailbox`", false},
      {"authd", "SELECT ON `extmail`.`manager`", true},
      {"authd", "UPDATE (`password`) ON `extmail`.`mailbox`", true},
      {"authd", "UPDATE ON `extmail`.`mailbox`", true},
      {"policyd", "UPDATE (`password`) ON `extmail`.`mailbox`", true},
  }));
  CAPTURE(daemon, grant);
  const DaemonFacts facts{daemon, "", std::nullopt};
  CHECK(excess_of(parse_grant("GRANT " + grant + " TO `a`@`localhost`"), facts, false, "extmail").empty() !=
        is_too_much);
}

TEST_CASE("extmail-authd may write passwords where it is told to") {
  const DaemonFacts authd{"authd", "", std::nullopt};
  const auto grant =
      parse_grant("GRANT UPDATE (`password`, `clearpwd`) ON `extmail`.`mailbox` TO `a`@`localhost`");
  CHECK(excess_of(grant, authd, true, "extmail").empty());
  CHECK_FALSE(excess_of(grant, authd, false, "extmail").empty());
  // An underscore in a database's name is written so where it stands for itself.
  CHECK_FALSE(
      excess_of(parse_grant("GRANT SELECT ON `ext\\_mail`.* TO `a`@`b`"), authd, true, "ext_mail").empty());
}

TEST_CASE("what extmailctl flush needs is an INSERT and an EXECUTE") {
  constexpr const char* kInsert = "INSERT ON extmail_change_log";
  constexpr const char* kExecute = "EXECUTE ON FUNCTION extmail_change_triggers";
  struct Case {
    std::vector<std::string> grants;
    std::vector<std::string> missing;
  };
  const auto& [lines, missing] = GENERATE(values<Case>({
      {{}, {kInsert, kExecute}},
      {{"USAGE ON *.*", "SELECT, DELETE ON `extmail`.`extmail_change_log`"}, {kInsert, kExecute}},
      {{"INSERT ON `extmail`.`extmail_change_log`"}, {kExecute}},
      {{"EXECUTE ON FUNCTION `extmail`.`extmail_change_triggers`"}, {kInsert}},
      {{"INSERT ON `extmail`.`extmail_change_log`",
        "EXECUTE ON FUNCTION `extmail`.`extmail_change_triggers`"},
       {}},
      {{"INSERT ON `other`.`extmail_change_log`", "EXECUTE ON FUNCTION `other`.`extmail_change_triggers`"},
       {kInsert, kExecute}},
      {{"INSERT ON `extmail`.`mailbox`", "EXECUTE ON FUNCTION `extmail`.`extmail_login_triggers`"},
       {kInsert, kExecute}},
      {{"EXECUTE ON PROCEDURE `extmail`.`extmail_change_triggers`"}, {kInsert, kExecute}},
      {{"INSERT (`kind`) ON `extmail`.`extmail_change_log`"}, {kInsert, kExecute}},
      {{"INSERT (`kind`, `name`) ON `extmail`.`extmail_change_log`"}, {kExecute}},
      {{"ALL PRIVILEGES ON *.*"}, {}},
      {{"ALL PRIVILEGES ON `extmail`.*"}, {}},
      {{"ALL PRIVILEGES ON `extmail`.`extmail_change_log`"}, {kExecute}},
      {{"SELECT, INSERT, EXECUTE ON `extm%`.*", "SELECT, INSERT, EXECUTE ON `extmail`.*"}, {}},
      {{"SELECT, INSERT ON *.*"}, {kExecute}},
  }));
  std::vector<Grant> grants;
  grants.reserve(lines.size());
  for (const auto& line : lines)
    grants.push_back(parse_grant("GRANT " + line + " TO `extmail_ctl`@`localhost`"));
  CAPTURE(lines);
  CHECK(missing_for_flush(grants, "extmail") == missing);
}
