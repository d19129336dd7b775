// SPDX-License-Identifier: MIT
#include "ctl/problem.hpp"
#include "ctl/transfer/csv.hpp"
#include "ctl/transfer/json_lines.hpp"
#include "ctl/transfer/passwd_file.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace extmail::ctl;
using namespace extmail::ctl::transfer;
using extmail::tests::contains_text;

namespace {

class File {
 public:
  explicit File(const std::string& text) : path_(folder_.write("file", text)) {}
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  extmail::tests::TemporaryFolder folder_;
  std::string path_;
};

std::vector<Record> all_of(RecordSource& source) {
  std::vector<Record> records;
  while (auto record = source.next())
    records.push_back(std::move(*record));
  return records;
}

const Table& aliases() {
  return *find_table("alias");
}

}  // namespace

TEST_CASE("a CSV row has NULL where a field is empty, and an empty text where that is in quotes") {
  const File file("address,goto,domain\r\na@x,\"b@y,c@z\",\r\n\"d@x\",\"say \"\"hi\"\"\",\"\"\r\n");
  CsvSource source(file.path(), aliases());
  const auto records = all_of(source);
  REQUIRE(records.size() == 2);
  CHECK(records[0].line == 2);
  CHECK(records[0].values == Values{{"address", "a@x"}, {"goto", "b@y,c@z"}, {"domain", std::nullopt}});
  CHECK(records[1].values == Values{{"address", "d@x"}, {"goto", "say \"hi\""}, {"domain", ""}});
  CHECK(source.position() == source.total());
}

TEST_CASE("a CSV file is read whatever its line ends, and a row may have several lines") {
  const File file("address,goto\n\n\"a\r\nb\", c \n\nd,e");
  CsvSource source(file.path(), aliases());
  for (int time = 0; time < 2; ++time) {
    CAPTURE(time);
    const auto records = all_of(source);
    REQUIRE(records.size() == 2);
    CHECK(records[0].values == Values{{"address", "a\r\nb"}, {"goto", " c "}});
    CHECK(records[0].line == 3);
    CHECK(records[1].values == Values{{"address", "d"}, {"goto", "e"}});
    CHECK(records[1].line == 6);
    source.rewind();
  }
}

TEST_CASE("a CSV file that is none is refused, a row that is none is named") {
  CHECK_THROWS_WITH(CsvSource(File("").path(), aliases()), contains_text("is empty"));
  CHECK_THROWS_WITH(CsvSource(File("address,nonsense\n").path(), aliases()), contains_text("\"nonsense\""));
  CHECK_THROWS_WITH(CsvSource("/nowhere/file.csv", aliases()), contains_text("/nowhere/file.csv"));
  CHECK_THROWS_WITH(CsvSource("/dev/null", aliases()), contains_text("no regular file"));
  const File wrong("address,goto\na\n");
  CsvSource source(wrong.path(), aliases());
  CHECK(all_of(source).at(0).fault == "has 1 fields, and the first line 2");
  const File open("address,goto\na,\"b\n");
  CsvSource unfinished(open.path(), aliases());
  CHECK_THROWS_AS(unfinished.next(), Refused);
  const File stray("address,goto\na,b\"c\n");
  CsvSource astray(stray.path(), aliases());
  CHECK_THROWS_WITH(astray.next(), contains_text("line 2"));
}

TEST_CASE("JSON Lines name their table, and have NULL, numbers and flags") {
  const File file(
      "{\"table\":\"alias\",\"address\":\"a@x\",\"goto\":null,\"active\":1}\n"
      "  \n"
      "{\"table\":\"domain\",\"domain\":\"x\",\"active\":false}\r\n");
  JsonLinesSource source(file.path());
  const auto records = all_of(source);
  REQUIRE(records.size() == 2);
  CHECK(records[0].table == find_table("alias"));
  CHECK(records[0].values == Values{{"address", "a@x"}, {"goto", std::nullopt}, {"active", "1"}});
  CHECK(records[1].table == find_table("domain"));
  CHECK(records[1].values == Values{{"domain", "x"}, {"active", "0"}});
  CHECK(records[1].line == 3);
}

TEST_CASE("a line that is no record says why") {
  struct Case {
    std::string line;
    std::string fault;
  };
  const auto& [line, fault] = GENERATE(values<Case>({
      {"nonsense", "is no JSON object"},
      {"[]", "is no JSON object"},
      {"{\"table\":\"alias\"", "is no JSON object"},
      {"{\"address\":\"a@x\"}", "has no \"table\", such as \"mailbox\""},
      {"{\"table\":7}", "has no \"table\", such as \"mailbox\""},
      {"{\"table\":\"mail\"}", "is of an unknown table, \"mail\""},
      {"{\"table\":\"alias\",\"goto\":[]}", "goto is neither text, whole number, true, false nor null"},
      {"{\"table\":\"alias\",\"active\":1.5}", "active is neither text, whole number, true, false nor null"},
  }));
  CAPTURE(line);
  const File file(line + '\n');
  JsonLinesSource source(file.path());
  const auto record = source.next();
  REQUIRE(record);
  CHECK(record->fault == fault);
  CHECK(record->line == 1);
}

TEST_CASE("what is written as a line is read as the same row") {
  const Table& table = aliases();
  std::vector<const Column*> columns;
  for (const auto& column : table.columns)
    columns.push_back(&column);
  const File file(json_line(table, columns, {"ä@x", "b\n\"c\\", std::nullopt, "0000-00-00 00:00:00", "0"}) +
                  '\n');
  JsonLinesSource source(file.path());
  CHECK(source.next()->values == Values{{"address", "ä@x"},
                                        {"goto", "b\n\"c\\"},
                                        {"domain", std::nullopt},
                                        {"createdate", "0000-00-00 00:00:00"},
                                        {"active", "0"}});
}

TEST_CASE("users of a passwd file become mailboxes") {
  const File shadow("joe:$6$salt$hash:19000:0:99999:7:::\nlocked:!$6$salt$hash:19000::::::\n");
  const File passwd(
      "# a comment\n"
      "root:x:0:0:root:/root:/bin/bash\n"
      "joe:x:1000:1000:Joe Doe,Room 7,,:/home/joe:/bin/bash\n"
      "locked:x:1001:1001::/home/locked:/bin/bash\n"
      "ann@other.example:{CRYPT}$1$a$b:::::\n");
  PasswdSource source({.path = passwd.path(), .shadow = shadow.path(), .domain = "example.com"});
  const auto records = all_of(source);
  REQUIRE(records.size() == 3);
  CHECK(records[0].values ==
        Values{{"username", "joe@example.com"}, {"password", "$6$salt$hash"}, {"name", "Joe Doe"}});
  CHECK(records[1].values ==
        Values{{"username", "locked@example.com"}, {"password", ""}, {"name", ""}, {"active", "0"}});
  CHECK(records[2].values ==
        Values{{"username", "ann@other.example"}, {"password", "{CRYPT}$1$a$b"}, {"name", ""}});
}

TEST_CASE("a line that is none of a passwd file says why") {
  const File passwd("nonsense\njoe:x:abc:1000:::\njoe:x:1000:1000:::\n");
  PasswdSource source({.path = passwd.path()});
  CHECK_THAT(source.next()->fault, contains_text("is no line of a passwd file"));
  CHECK(source.next()->fault == "its third field is no uid");
  CHECK_THAT(source.next()->fault, contains_text("--domain"));
}
