// SPDX-License-Identifier: MIT
#include "ctl/objects/mailbox_rules.hpp"

#include "ctl/problem.hpp"
#include "support/catch.hpp"

#include <regex>

using namespace extmail;
using namespace extmail::ctl;
using namespace std::chrono_literals;

TEST_CASE("A new mailbox has a name that ExtMan takes") {
  const auto& local = GENERATE(values<std::string>({"a", "0", "joe.doe", "a-b_c", std::string(64, 'x')}));
  CAPTURE(local);
  CHECK_NOTHROW(check_new_address({local, "test.com"}));
}

TEST_CASE("No other name is one of a new mailbox") {
  const auto& local =
      GENERATE(values<std::string>({"a+b", "a/b", ".", "..", ".a", "a.", "a..b", "a b", "小明", "a,b", "a\"b",
                                    "a=b", "JOE", std::string(65, 'x')}));
  CAPTURE(local);
  CHECK_THROWS_AS(check_new_address({local, "test.com"}), Misuse);
}

TEST_CASE("An address is no longer than its column") {
  const std::string domain = std::string(245, 'd') + ".test";
  CHECK_NOTHROW(check_new_address({"joe", domain}));
  CHECK_THROWS_AS(check_new_address({"joey", domain + "s"}), Misuse);
}

TEST_CASE("A new mailbox lies where ExtMan puts it") {
  const auto plain = new_mail_paths({"joe", "test.com"}, "");
  CHECK(plain.maildir == "test.com/joe/Maildir/");
  CHECK(plain.homedir == "test.com/joe");
  const auto spread = new_mail_paths({"joe", "test.com"}, "BD/98/");
  CHECK(std::regex_match(spread.homedir, std::regex("BD/98/test\\.com/[0-9A-F]{2}/[0-9A-F]{2}/joe")));
  CHECK(spread.maildir == spread.homedir + "/Maildir/");
  CHECK(new_mail_paths({"joe", "test.com"}, "BD/98").homedir == spread.homedir);
}

TEST_CASE("Under another name the mail lies where that name says, unless no name did") {
  struct Case {
    std::string home;
    Address to;
    std::string renamed;
  };
  const auto& [home, to, renamed] = GENERATE(values<Case>({
      {"test.com/joe", {"jim", "test.com"}, "test.com/jim"},
      {"test.com/joe", {"joe", "other.test"}, "other.test/joe"},
      {"BD/98/test.com/01/02/joe", {"jim", "test.com"}, "test.com/jim"},
      {"test.com/4711", {"jim", "test.com"}, "test.com/4711"},
      {"test.com/4711", {"joe", "other.test"}, "other.test/joe"},
      {"pool/4711", {"joe", "other.test"}, "pool/4711"},
      {"", {"jim", "test.com"}, ""},
  }));
  CAPTURE(home, to.text());
  CHECK(renamed_mail_paths({home + "/Maildir/", home}, {"joe", "test.com"}, to, "").homedir == renamed);
}

TEST_CASE("Under another name the maildir has the same place in the home folder") {
  struct Case {
    MailPaths old;
    std::string renamed;
  };
  const auto& [old, renamed] = GENERATE(values<Case>({
      {{"test.com/joe/Maildir/", "test.com/joe"}, "test.com/jim/Maildir/"},
      {{"test.com/joe/", "test.com/joe"}, "test.com/jim/"},
      {{"test.com/joe", "test.com/joe"}, "test.com/jim"},
      {{"test.com/joe/a/mail", "test.com/joe"}, "test.com/jim/a/mail"},
      {{"/var/mailbox/test.com/joe/", "/var/mailbox/test.com/joe"}, "test.com/jim/"},
      {{"test.com/joey/", "test.com/joe"}, "test.com/jim/Maildir/"},
      {{"", "test.com/joe"}, "test.com/jim/Maildir/"},
      {{"", "test.com/4711"}, "test.com/joe/Maildir/"},
      {{"", ""}, ""},
  }));
  CAPTURE(old.maildir, old.homedir);
  CHECK(renamed_mail_paths(old, {"joe", "test.com"}, {"jim", "test.com"}, "").maildir == renamed);
}

TEST_CASE("Paths that are kept lead to the same place under any name") {
  CHECK(kept_mail_paths({"", ""}, {"joe", "test.com"}).maildir == "test.com/joe/Maildir/");
  CHECK(kept_mail_paths({"", "pool/4711"}, {"joe", "test.com"}).homedir == "pool/4711");
  CHECK(kept_mail_paths({"test.com/a/", ""}, {"joe", "test.com"}).maildir == "test.com/a/");
}

TEST_CASE("A mailbox expires as its domain says") {
  struct Case {
    std::string period;
    std::string expires;
  };
  const auto& [period, expires] = GENERATE(values<Case>({
      {"1y", "2029-02-28"},
      {"4y", "2032-02-29"},
      {"1m", "2028-03-29"},
      {"12m", "2029-02-28"},
      {"1d", "2028-03-01"},
      {"366d", "2029-03-01"},
      {"0", "0000-00-00"},
      {"", "0000-00-00"},
      {"never", "0000-00-00"},
      {"1w", "0000-00-00"},
      {"-1y", "0000-00-00"},
      {"1y ", "0000-00-00"},
      {"9000y", "0000-00-00"},
      {"99999999999y", "0000-00-00"},
  }));
  CAPTURE(period);
  CHECK(expiry_after(period, 2028y / 2 / 29) == expires);
}
