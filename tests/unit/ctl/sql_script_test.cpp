// SPDX-License-Identifier: MIT
#include "ctl/migrate/sql_script.hpp"

#include "support/catch.hpp"

#include <string>
#include <string_view>
#include <vector>

using namespace extmail::ctl;

TEST_CASE("a script falls into its statements") {
  struct Case {
    std::string_view script;
    std::vector<std::string> statements;
  };
  const std::vector<Case> cases{
      {"", {}},
      {" ;; ; ", {}},
      {"SELECT 1; SELECT 2", {"SELECT 1", "SELECT 2"}},
      {"-- one; two\nSELECT 1; -- three;\n# four;\n", {"SELECT 1"}},
      {"--\nSELECT 1--1;", {"SELECT 1--1"}},
      {"SELECT /* a; b */ 1;", {"SELECT   1"}},
      {"SELECT 1 /*M! , 2 */;/*!40000 SELECT 3*/;", {"SELECT 1 /*M! , 2 */", "/*!40000 SELECT 3*/"}},
      {"SELECT ';', \"-- ;\", `/*;`;", {"SELECT ';', \"-- ;\", `/*;`"}},
      {"SELECT 'it''s; \\'; \\\\';SELECT 2;", {"SELECT 'it''s; \\'; \\\\'", "SELECT 2"}},
      {"SELECT `a\\`;SELECT 2;", {"SELECT `a\\`", "SELECT 2"}},
      {"DELIMITER //\nBEGIN; END//\nSELECT 1;//\nDELIMITER ;\nSELECT 2;",
       {"BEGIN; END", "SELECT 1;", "SELECT 2"}},
      {"SELECT 'DELIMITER //';", {"SELECT 'DELIMITER //'"}},
      {"SELECT 'no end;", {"SELECT 'no end;"}},
      {"SELECT 'no end\\", {"SELECT 'no end\\"}},
      {"/* no end;", {}},
      {"DELIMITER //", {}},
  };
  for (const auto& [script, statements] : cases) {
    INFO(script);
    CHECK(split_script(script) == statements);
  }
}
