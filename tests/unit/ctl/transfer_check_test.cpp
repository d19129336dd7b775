// SPDX-License-Identifier: MIT
#include "ctl/objects/mailbox_rules.hpp"
#include "ctl/transfer/check.hpp"
#include "ctl/transfer/progress.hpp"
#include "support/catch.hpp"

#include <sstream>

using namespace extmail::ctl;
using namespace extmail::ctl::transfer;
using extmail::tests::contains_text;

namespace {

constexpr const char* kNow = "2026-11-26 12:00:00";
const NewRows kRows{.now = kNow, .hash_paths = {{"isp.example", "BD/98"}}};

Record record(const char* table, Values values) {
  return {.table = find_table(table), .values = std::move(values)};
}

}  // namespace

TEST_CASE("a mailbox needs no more than its name: the rest is what ExtMan would write") {
  auto mailbox = record("mailbox", {{"username", "Joe@Example.COM"}, {"quota", "100M"}, {"active", "no"}});
  REQUIRE_FALSE(complete(mailbox, kRows));
  CHECK(identity(mailbox) == "joe@example.com");
  CHECK(mailbox.given == std::vector<std::string>{"active", "quota", "username"});
  const Values expected{{"username", "joe@example.com"},
                        {"uid", "joe"},
                        {"password", ""},
                        {"clearpwd", ""},
                        {"name", ""},
                        {"mailhost", ""},
                        {"maildir", "example.com/joe/Maildir/"},
                        {"homedir", "example.com/joe"},
                        {"quota", "104857600S"},
                        {"netdiskquota", "0S"},
                        {"domain", "example.com"},
                        {"uidnumber", "1000"},
                        {"gidnumber", "1000"},
                        {"createdate", kNow},
                        {"expiredate", "0000-00-00"},
                        {"active", "0"},
                        {"disablepwdchange", "0"},
                        {"disablesmtpd", "0"},
                        {"disablesmtp", "0"},
                        {"disablewebmail", "0"},
                        {"disablenetdisk", "0"},
                        {"disableimap", "0"},
                        {"disablepop3", "0"},
                        {"question", ""},
                        {"answer", ""}};
  CHECK(mailbox.values == expected);
}

TEST_CASE("in ISP mode a mailbox lies where ExtMan would put it") {
  auto mailbox = record("mailbox", {{"username", "joe@isp.example"}});
  REQUIRE_FALSE(complete(mailbox, kRows));
  const auto paths = new_mail_paths({"joe", "isp.example"}, "BD/98");
  CHECK(paths.homedir.starts_with("BD/98/isp.example/"));
  CHECK(mailbox.values.at("homedir") == paths.homedir);
  CHECK(mailbox.values.at("maildir") == paths.maildir);
}

TEST_CASE("what an older ExtMan wrote stays as it is") {
  const Values old{{"username", "joe@example.com"},
                   {"quota", "1000C"},
                   {"netdiskquota", ""},
                   {"disableimap", std::nullopt},
                   {"active", "2"},
                   {"createdate", "0000-00-00 00:00:00"},
                   {"question", "one\r\ntwo"},
                   {"maildir", "elsewhere/joe"}};
  auto mailbox = record("mailbox", old);
  REQUIRE_FALSE(complete(mailbox, kRows));
  for (const auto& [column, value] : old) {
    CAPTURE(column);
    CHECK(mailbox.values.at(column) == value);
  }
}

TEST_CASE("NULL stays where the column can hold it, and is as good as nothing elsewhere") {
  const NewRows rows{.now = kNow,
                     .without_null = {"mailbox.username", "mailbox.quota", "mailbox.homedir",
                                      "mailbox.createdate", "extmail_app_password.expires"}};
  auto mailbox = record("mailbox", {{"username", "joe@example.com"},
                                    {"quota", std::nullopt},
                                    {"homedir", std::nullopt},
                                    {"createdate", std::nullopt},
                                    {"disableimap", std::nullopt}});
  REQUIRE_FALSE(complete(mailbox, rows));
  CHECK(mailbox.given == std::vector<std::string>{"disableimap", "username"});
  CHECK(mailbox.values.at("quota") == "0S");
  CHECK(mailbox.values.at("homedir") == "example.com/joe");
  CHECK(mailbox.values.at("createdate") == kNow);
  CHECK(mailbox.values.at("disableimap") == std::nullopt);

  auto nobody = record("mailbox", {{"username", std::nullopt}});
  CHECK(complete(nobody, rows) == "username: \"\" is no address");
  auto phone = record("app_password", {{"username", "a@x"}, {"name", "b"}, {"expires", std::nullopt}});
  CHECK(complete(phone, rows) == "expires: is missing");
}

TEST_CASE("what no table can hold is said") {
  struct Case {
    const char* table;
    Values values;
    std::string fault;
  };
  const auto& [table, values, fault] = GENERATE(Catch::Generators::values<Case>({
      {"domain", {}, "domain: \"\" is no domain name"},
      {"domain", {{"domain", "a b"}}, "domain: \"a b\" is no domain name"},
      {"domain", {{"domain", "x"}, {"nonsense", "1"}}, "\"nonsense\": there is no such column in domain"},
      {"domain", {{"domain", "x"}, {"maxusers", "many"}}, "maxusers: \"many\" is no whole number"},
      {"domain", {{"domain", "x"}, {"maxquota", "much"}}, "maxquota: \"much\" is no size"},
      {"domain", {{"domain", "x"}, {"expiredate", "soon"}}, "expiredate: \"soon\" is no day"},
      {"domain", {{"domain", "x"}, {"createdate", "2026-01-01"}}, "createdate: \"2026-01-01\" is no time"},
      {"domain", {{"domain", "x"}, {"active", "maybe"}}, "active: \"maybe\" is neither yes nor no"},
      {"domain", {{"domain", "x"}, {"default_expire", "1234567890123"}}, "has more than 12 characters"},
      {"domain", {{"domain", "x"}, {"description", "a\nb"}}, "description: is no text"},
      {"mailbox", {{"username", "joe"}}, "username: \"joe\" is no address"},
      {"mailbox", {{"username", "a/b@x"}}, "username: \"a/b@x\" is no address"},
      {"mailbox", {{"username", "joe@x"}, {"domain", "y"}}, "domain: \"y\" is not that of the address"},
      {"mailbox",
       {{"username", "joe@x"}, {"maildir", "../../etc/"}},
       "maildir: \"../../etc/\" leaves its folder"},
      {"mailbox", {{"username", "joe@x"}, {"homedir", "x/.."}}, "homedir: \"x/..\" leaves its folder"},
      {"mailbox",
       {{"username", "joe@x"}, {"password", "$1$a$b"}, {"password_plain", "secret"}},
       "password_plain: there is a password, too"},
      {"mailbox", {{"username", "joe@x"}, {"password_plain", ""}}, "password_plain: is empty"},
      {"alias",
       {{"address", "a@x"}, {"password_plain", "b"}, {"goto", "c@x"}},
       "there are no passwords in alias"},
      {"alias", {{"address", "a@x"}, {"goto", " , "}}, "goto: leads nowhere"},
      {"alias", {{"address", "@"}, {"goto", "b@x"}}, "address: \"@\" is no address"},
      {"manager", {{"username", "a@x"}, {"type", "king"}}, "type: \"king\" is neither postmaster nor admin"},
      {"policy", {{"subject", "a@x"}, {"kind", ""}, {"value", ""}}, "kind: is missing"},
      {"app_password", {{"username", "a@x"}}, "name: is missing"},
  }));
  CAPTURE(fault);
  auto wrong = record(table, values);
  const auto said = complete(wrong, kRows);
  REQUIRE(said);
  CHECK_THAT(*said, contains_text(fault));
}

TEST_CASE("a bar says how far it is, how fast, and for how long") {
  using std::chrono::milliseconds;
  CHECK(progress_line("writing", 0, 200, 0, milliseconds(10)) ==
        "writing [........................] 0%  0 rows, 0 a second");
  CHECK(progress_line("writing", 50, 200, 1000, milliseconds(500)) ==
        "writing [######..................] 25%  1000 rows, 2000 a second, 1 s left");
  CHECK(progress_line("writing", 1, 1000, 10, milliseconds(1000)) ==
        "writing [........................] 0%  10 rows, 10 a second, 16 min 39 s left");
  CHECK(progress_line("writing", 300, 200, 10, milliseconds(1000)) ==
        "writing [########################] 100%  10 rows, 10 a second, 0 s left");
}

TEST_CASE("only a terminal gets a bar, which is gone at the end") {
  std::ostringstream none;
  { Progress(none, false, "writing").show(1, 2, 3); }
  CHECK(none.str().empty());
  std::ostringstream terminal;
  { Progress(terminal, true, "writing").show(1, 2, 3); }
  CHECK_THAT(terminal.str(), contains_text("50%"));
  CHECK(terminal.str().ends_with("\r\033[K"));
}
