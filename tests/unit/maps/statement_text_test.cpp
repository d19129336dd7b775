// SPDX-License-Identifier: MIT
#include "maps/statement_text.hpp"

#include "support/catch.hpp"

#include <string>
#include <utility>
#include <vector>

using namespace extmail::maps;

TEST_CASE("Placeholders count outside of quotes and comments") {
  const std::vector<std::pair<std::string, std::size_t>> statements{
      {"SELECT a FROM t WHERE b = ?", 1},
      {"select a from t where b=? and c=?", 2},
      {" \n\tSELECT ?", 1},
      {"/* ? */ SELECT ? -- ?\n, ? # ?\n, ?", 3},
      {"SELECT ? --?", 2},
      {"SELECT ? --", 1},
      {"SELECT ? -- ? and no line end", 1},
      {"SELECT ? #", 1},
      {"SELECT ? #\n, ?", 2},
      {"SELECT '?', \"?\", `?`, ?", 1},
      {"SELECT 'it''s ?', ?", 1},
      {"SELECT 'it\\'s ?', ?", 1},
      {"SELECT \"a\\\\\", ?", 1},
      {"SELECT `a\\`, ?", 1},
      {"SELECT 'a;b', `c;d`, ? /* ; */", 1},
      {"SELECT 1", 0},
      {"SELECT(?)", 1},
      {"SELECT a/b, c-d, ?", 1},
  };
  for (const auto& [sql, placeholders] : statements) {
    CAPTURE(sql);
    const auto statement = read_statement(sql);
    CHECK(statement.fault.empty());
    CHECK(statement.placeholders == placeholders);
  }
}

TEST_CASE("What is not one SELECT is said") {
  const std::vector<std::pair<std::string, std::string>> statements{
      {"", "must be a SELECT"},
      {" -- nothing\n", "must be a SELECT"},
      {"DELETE FROM t WHERE a = ?", "must be a SELECT"},
      {"SELECTED ?", "must be a SELECT"},
      {"'SELECT' ?", "must be a SELECT"},
      {"SELECT ?;", "must be one statement, without a ;"},
      {"SELECT ?; DROP TABLE t", "must be one statement, without a ;"},
      {"SELECT 'a", "has a quote or a comment that does not end"},
      {"SELECT 'a\\'", "has a quote or a comment that does not end"},
      {"SELECT 'a''", "has a quote or a comment that does not end"},
      {"SELECT 'a\\", "has a quote or a comment that does not end"},
      {"SELECT ? /* a", "has a quote or a comment that does not end"},
      {"SELECT ? /*/", "has a quote or a comment that does not end"},
  };
  for (const auto& [sql, fault] : statements) {
    CAPTURE(sql);
    CHECK(read_statement(sql).fault == fault);
  }
}
