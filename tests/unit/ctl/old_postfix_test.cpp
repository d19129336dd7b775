// SPDX-License-Identifier: MIT
#include "ctl/verify/old_postfix.hpp"

#include "support/catch.hpp"

#include <map>
#include <string>
#include <vector>

using namespace extmail::ctl;

namespace {

const std::vector<std::string> kNothingElse{
    "virtual_mailbox_domains: there is no mysql: table with a file, so it is not compared",
    "virtual_mailbox_maps: there is no mysql: table with a file, so it is not compared"};

std::vector<std::string> texts(const OldPostfix& old) {
  std::vector<std::string> found;
  for (const auto& table : old.tables)
    found.push_back(table.map + '=' + table.file);
  return found;
}

std::vector<std::string> notes_of(const OldPostfix& old) {
  std::vector<std::string> found;
  for (const auto& note : old.notes)
    found.push_back(note.map + ": " + note.text);
  return found;
}

OldPostfix of_aliases(const std::string& value) {
  return old_postfix_of({{"virtual_alias_maps", value}}, "/root/old",
                        [](const std::string& path) { return path == "/root/old/sql/a.cf"; });
}

}  // namespace

TEST_CASE("the mysql: tables of an old main.cf are found in their order") {
  struct Case {
    std::string value;
    std::vector<std::string> tables;
    std::vector<std::string> left_out;
  };
  const auto& [value, tables, left_out] = GENERATE(values<Case>({
      {"mysql:/etc/b.cf", {"/etc/b.cf"}, {}},
      {"proxy:mysql:/etc/b.cf", {"/etc/b.cf"}, {}},
      {"mysql:/etc/b.cf, proxy:mysql:/c.cf mysql:/d.cf", {"/etc/b.cf", "/c.cf", "/d.cf"}, {}},
      // What a copy of the folder has is the old one, even where /etc/postfix has a file of the name.
      {"mysql:/etc/postfix/sql/a.cf", {"/root/old/sql/a.cf"}, {}},
      {"mysql:/etc/postfix/sql/b.cf", {"/etc/postfix/sql/b.cf"}, {}},
      {"mysql:/etc/postfix.d/sql/a.cf", {"/etc/postfix.d/sql/a.cf"}, {}},
      {"hash:/etc/aliases mysql:/b.cf socketmap:unix:x:y",
       {"/b.cf"},
       {"hash:/etc/aliases", "socketmap:unix:x:y"}},
      // Its settings are in main.cf itself.
      {"mysql:/b.cf mysql:old", {"/b.cf"}, {"mysql:old"}},
      {"mysql:/b.cf unionmap:{mysql:/c.cf, mysql:/d.cf}", {"/b.cf"}, {"unionmap:{mysql:/c.cf, mysql:/d.cf}"}},
  }));
  CAPTURE(value);
  const auto old = of_aliases(value);
  std::vector<std::string> wanted;
  wanted.reserve(tables.size());
  for (const auto& table : tables)
    wanted.push_back("virtual_alias_maps=" + table);
  CHECK(texts(old) == wanted);
  auto notes = kNothingElse;
  for (const auto& word : left_out)
    notes.push_back("virtual_alias_maps: " + word + " is no mysql: table with a file, and is not asked");
  CHECK(notes_of(old) == notes);
}

TEST_CASE("maps without a mysql: table are not compared, and of the guide's that is said") {
  const auto old = of_aliases("hash:/etc/aliases");
  CHECK(old.tables.empty());
  auto notes = kNothingElse;
  notes.emplace_back("virtual_alias_maps: there is no mysql: table with a file, so it is not compared");
  CHECK(notes_of(old) == notes);
}

TEST_CASE("a map that is none of the guide's need not be there, and its other tables are said") {
  const auto old = old_postfix_of({{"relay_domains", "a.test"},
                                   {"transport_maps", "hash:/t"},
                                   {"smtpd_sender_login_maps", "mysql:/s.cf"},
                                   {"alias_maps", "mysql:/no.cf"}},
                                  "/root/old", [](const std::string&) { return false; });
  CHECK(texts(old) == std::vector<std::string>{"smtpd_sender_login_maps=/s.cf"});
  auto notes = kNothingElse;
  notes.emplace_back("virtual_alias_maps: there is no mysql: table with a file, so it is not compared");
  notes.emplace_back("transport_maps: hash:/t is no mysql: table with a file, and is not asked");
  CHECK(notes_of(old) == notes);
}
