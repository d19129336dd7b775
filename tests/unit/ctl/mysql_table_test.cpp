// SPDX-License-Identifier: MIT
#include "ctl/verify/mysql_table.hpp"

#include "ctl/problem.hpp"
#include "support/catch.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace extmail::ctl;

namespace {

MysqlTable table_of(std::string query) {
  MysqlTable table;
  table.query = std::move(query);
  return table;
}

}  // namespace

TEST_CASE("a table's file is read as Postfix reads it") {
  const auto table = parse_mysql_table(
      "# comment\n"
      "hosts = unix:/run/s, inet:db:3307\n"
      "user=u = v\n"
      "password = p w\r\n"
      "dbname = d\n"
      "query = SELECT goto FROM alias\n"
      "# in between\n"
      "  WHERE address = '%s'\n"
      "\n"
      "domain = A.test, b.test\n"
      "result_format = <%s>\n",
      "file.cf");
  CHECK(table.hosts == std::vector<std::string>{"unix:/run/s", "inet:db:3307"});
  CHECK(table.user == "u = v");
  CHECK(table.password.view() == "p w");
  CHECK(table.database == "d");
  CHECK(table.query == "SELECT goto FROM alias WHERE address = '%s'");
  CHECK(table.domains == std::vector<std::string>{"a.test", "b.test"});
  CHECK(format_result(table, "x") == "<x>");
  CHECK(format_result(table, "").empty());
}

TEST_CASE("the old form of the file is the same as a query") {
  const auto table = parse_mysql_table(
      "table = alias\nselect_field = goto\nwhere_field = address\nadditional_conditions = AND active = '1'\n",
      "file.cf");
  CHECK(table.query == "SELECT goto FROM alias WHERE address = '%s' AND active = '1'");
}

TEST_CASE("what is no such file is told") {
  CHECK_THROWS_AS(parse_mysql_table("", "file.cf"), Misuse);
  CHECK_THROWS_AS(parse_mysql_table("user = x\n", "file.cf"), Misuse);
  CHECK_THROWS_WITH(parse_mysql_table("user = x\nnonsense\n", "file.cf"),
                    "file.cf:2: this is no \"name = value\"");
}

TEST_CASE("a key goes into the query as a parameter") {
  struct Case {
    std::string query;
    std::string_view key;
    std::optional<std::string> sql;  ///< empty: it is not asked
    std::vector<std::string> parameters;
  };
  const std::vector<Case> cases{
      {"a = '%s' AND active = '1'", "u@d.test", "a = ? AND active = '1'", {"u@d.test"}},
      {"a = '%u' AND b = \"%d\"", "u@d.test", "a = ? AND b = ?", {"u", "d.test"}},
      {"a = '%U@x' AND 5 %% 2", "u@d", "a = ? AND 5 % 2", {"u@x"}},
      {"a = '%u'", "word", "a = ?", {"word"}},
      {"a = '%d'", "word", std::nullopt, {}},
      {"a = '%u'", "@d", std::nullopt, {}},
      {"a = '%2.%1'", "u@mail.d.test", "a = ?", {"d.test"}},
      {"a = '%3'", "u@d.test", std::nullopt, {}},
      {"a = '%s'", "x' OR '1' = '1", "a = ?", {"x' OR '1' = '1"}},
      {"a = '100%%'", "x", "a = ?", {"100%"}},
      {"a LIKE '%s%'", "x", "a LIKE ?", {"x%"}},
  };
  for (const auto& [query, key, sql, parameters] : cases) {
    INFO(query << ' ' << key);
    const auto expanded = expand_query(table_of(query), key);
    REQUIRE(expanded.has_value() == sql.has_value());
    if (!expanded) continue;
    CHECK(expanded->sql == *sql);
    CHECK(expanded->parameters == parameters);
  }
}

TEST_CASE("what can't be asked as it stands is told, not guessed") {
  CHECK_THROWS_AS(expand_query(table_of("a = %s"), "x"), Misuse);
  CHECK_THROWS_AS(expand_query(table_of("a = 'x"), "x"), Misuse);
}

TEST_CASE("keys of other domains are not asked") {
  auto table = table_of("a = '%s'");
  table.domains = {"d.test"};
  CHECK(expand_query(table, "u@D.test").has_value());
  CHECK_FALSE(expand_query(table, "u@e.test").has_value());
  CHECK_FALSE(expand_query(table, "@d.test").has_value());
  CHECK_FALSE(expand_query(table, "d.test").has_value());
}
