// SPDX-License-Identifier: MIT
#include "ctl/changes.hpp"

#include "ctl/objects/object_list.hpp"
#include "ctl/problem.hpp"
#include "support/catch.hpp"

#include <sstream>

using namespace extmail::ctl;

TEST_CASE("changes are shown as SQL with their values") {
  Changes changes;
  changes.add("UPDATE domain SET description = ?, transport = ? WHERE domain = ?",
              {"it's a ?", std::nullopt, "d"});
  std::ostringstream out;
  changes.show(out);
  CHECK(out.str() ==
        "SET NAMES utf8mb4;\n"
        "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION';\n"
        "START TRANSACTION;\n"
        "UPDATE domain SET description = 'it''s a ?', transport = NULL WHERE domain = 'd';\n"
        "COMMIT;\n");
}

TEST_CASE("what could not be done in the end is named, and keeps nothing else from being done") {
  Changes changes;
  bool is_done = false;
  changes.add_last_deed({.text = "delete the folder /a", .run = [] { throw Refused("/a/b: is a mount"); }});
  changes.add_last_deed({.text = "delete the folder /c", .run = [&] { is_done = true; }});
  try {
    changes.finish();
    FAIL("it is not told");
  } catch (const Refused& error) {
    CHECK(error.what() == std::string("left to do: delete the folder /a: /a/b: is a mount"));
  }
  CHECK(is_done);
}

TEST_CASE("no value gets out of its quotes") {
  CHECK(sql_literal("a\\'b") == "'a\\\\''b'");
  CHECK(sql_literal(std::string("a\0b\n\r\x1a", 6)) == "'a\\0b\\n\\r\\Z'");
  CHECK(sql_literal(std::nullopt) == "NULL");
}

TEST_CASE("a pattern means what it says") {
  CHECK(like_pattern("a*b?c") == "a%b_c");
  CHECK(like_pattern("50%_|") == "50|%|_||");
}
