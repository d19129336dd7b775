// SPDX-License-Identifier: MIT
#include "ctl/doctor/finding.hpp"

#include "ctl/command.hpp"
#include "ctl/doctor/findings_report.hpp"
#include "ctl/problem.hpp"
#include "support/catch.hpp"
#include "unit/ctl/doctor/fixtures.hpp"

#include <algorithm>
#include <sstream>

using namespace extmail::ctl;

TEST_CASE("each check has an id of its own") {
  std::vector<std::string_view> ids;
  for (const auto& check : all_checks()) {
    CAPTURE(check.id);
    CHECK(check.id.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == std::string_view::npos);
    CHECK_FALSE(check.about.empty());
    ids.push_back(check.id);
  }
  std::sort(ids.begin(), ids.end());
  CHECK(std::adjacent_find(ids.begin(), ids.end()) == ids.end());
}

TEST_CASE("checks are chosen by id and by area") {
  const auto size_of = [](std::vector<std::string> only, std::vector<std::string> skip) {
    return choose_checks(only, skip).size();
  };
  CHECK(size_of({}, {}) == all_checks().size());
  CHECK(size_of({"alias-loop", "alias-loop"}, {}) == 1);
  CHECK(size_of({"data"}, {}) + size_of({"host"}, {}) + size_of({"database"}, {}) == all_checks().size());
  CHECK(size_of({"data"}, {"alias-loop"}) == size_of({"data"}, {}) - 1);
  CHECK(size_of({"sql-mode"}, {"database"}) == 0);
  CHECK_THROWS_AS(choose_checks({"alias-lop"}, {}), Misuse);
  CHECK_THROWS_AS(choose_checks({}, {""}), Misuse);
}

TEST_CASE("of many findings some are shown, and all counted") {
  auto findings = all_findings(2);
  for (int i = 0; i < 5; ++i)
    findings.add("password-weak", {"mailbox " + std::to_string(i), "reason", "mend"});
  findings.add("alias-loop", {"alias a", "reason", "mend"});
  const auto all = findings.all();
  REQUIRE(all.size() == 2);
  CHECK(all[0]->check->id == "alias-loop");  // the worse one
  CHECK(all[1]->shown.size() == 2);
  CHECK(all[1]->more == 3);
  std::ostringstream out;
  write_findings(findings, {.stream = &out});
  CHECK(out.str() ==
        "error alias-loop: alias a\n  reason\n  mend: mend\n"
        "warning password-weak: mailbox 0\n  reason\n  mend: mend\n"
        "warning password-weak: mailbox 1\n  reason\n  mend: mend\n"
        "password-weak: and 3 more (--max 0 shows all)\n" +
            std::to_string(all_checks().size()) + " checks: 1 error, 5 warnings, 0 notes\n");
}

TEST_CASE("nothing is kept of checks that nobody wants") {
  Findings findings(choose_checks({"host"}, {}), 0);
  findings.add("alias-loop", {"a", "b", "c"});
  CHECK(findings.all().empty());
  CHECK(findings.wants(Area::Host));
  CHECK_FALSE(findings.wants(Area::Data));
  CHECK_FALSE(findings.wants("alias-loop"));
}

TEST_CASE("the worst finding decides about the exit status") {
  auto findings = all_findings();
  CHECK(status_of(findings) == 0);
  findings.add("tool-missing", {});
  CHECK(status_of(findings) == 0);
  findings.add("sql-mode", {});
  CHECK(status_of(findings) == 3);
  findings.add("alias-loop", {});
  CHECK(status_of(findings) == 1);
}

TEST_CASE("a row can't move the cursor of a terminal") {
  auto findings = all_findings();
  findings.add("alias-loop", {"a\033[2J", "b\nc", "d\r"});
  std::ostringstream out;
  write_findings(findings, {.stream = &out});
  CHECK(out.str().find_first_of("\033\r") == std::string::npos);
  CHECK(out.str().find("b\\x0ac") != std::string::npos);
}
