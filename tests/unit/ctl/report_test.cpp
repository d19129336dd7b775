// SPDX-License-Identifier: MIT
#include "ctl/output/report.hpp"

#include "support/catch.hpp"

#include <sstream>

using namespace extmail::ctl;

namespace {

Report people() {
  Report report({{"name"}, {"age", Report::Kind::Number}, {"town"}});
  report.add({{"陈小明"}, {"7"}, {"Ulm"}});
  report.add({{"Zoë, \"Z\""}, {"30"}, {std::nullopt}});
  return report;
}

std::string list(const Report& report, Format format, bool has_colours = false) {
  std::ostringstream out;
  report.write_list({&out, format, has_colours});
  return out.str();
}

std::string single(const Report& report, Format format) {
  std::ostringstream out;
  report.write_single({&out, format, false});
  return out.str();
}

}  // namespace

TEST_CASE("a list for people is aligned, whatever the width of its characters") {
  CHECK(list(people(), Format::Text) ==
        "name      age  town\n"
        "陈小明      7  Ulm\n"
        "Zoë, \"Z\"   30  NULL\n");
}

TEST_CASE("only a terminal gets colours") {
  CHECK(list(people(), Format::Text).find('\033') == std::string::npos);
  CHECK(list(people(), Format::Text, true).starts_with("\033[1mname"));
  CHECK(list(people(), Format::Json, true).find('\033') == std::string::npos);
}

TEST_CASE("programs get a list as JSON or CSV, with NULL apart from an empty text") {
  CHECK(list(people(), Format::Json) == R"([
  {
    "name": "陈小明",
    "age": 7,
    "town": "Ulm"
  },
  {
    "name": "Zoë, \"Z\"",
    "age": 30,
    "town": null
  }
]
)");
  CHECK(list(people(), Format::Csv) == "name,age,town\r\n陈小明,7,Ulm\r\n\"Zoë, \"\"Z\"\"\",30,\r\n");
}

TEST_CASE("people see what is put for them, programs the value") {
  Report report({{"quota"}});
  report.add({{"524288000S", "500M"}});
  CHECK(single(report, Format::Text) == "quota  500M\n");
  CHECK(single(report, Format::Json) == "{\n  \"quota\": \"524288000S\"\n}\n");
  CHECK(single(report, Format::Csv) == "quota\r\n524288000S\r\n");
}

TEST_CASE("a row can't write on the terminal of who lists it") {
  Report report({{"name"}});
  report.add({{"evil\033[2Jname\nroot"}});
  CHECK(list(report, Format::Text) == "name\nevil\\x1b[2Jname\\x0aroot\n");
}

TEST_CASE("an empty list is one") {
  const Report report({{"name"}});
  CHECK(list(report, Format::Text) == "name\n");
  CHECK(list(report, Format::Json) == "[]\n");
  CHECK(list(report, Format::Csv) == "name\r\n");
}

TEST_CASE("bytes that are no UTF-8 do not keep the rest from being read") {
  Report report({{"name"}});
  report.add({{"\xff"}});
  CHECK(list(report, Format::Json).find("\xef\xbf\xbd") != std::string::npos);
}
