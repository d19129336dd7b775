// SPDX-License-Identifier: MIT
#include "core/mail_location.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace extmail;

namespace {

MailboxRecord mailbox(const std::string& maildir, const std::string& homedir) {
  MailboxRecord row;
  row.username = "alice@test.com";
  row.maildir = maildir;
  row.homedir = homedir;
  row.uidnumber = 2525;
  row.gidnumber = 2525;
  return row;
}

}  // namespace

TEST_CASE("Mail lies where the row says, below the mail base") {
  struct Case {
    const char* maildir;
    const char* homedir;
    const char* expected_maildir;
    const char* expected_home;
  };
  const std::vector<Case> cases{
      {"test.com/..alice/Maildir/...", "test.com/a..", "/m/test.com/..alice/Maildir/...", "/m/test.com/a.."},
      {"test.com/alice/Maildir/.", "/m//test.com/./alice/.", "/m/test.com/alice/Maildir",
       "/m/test.com/alice"},
      {"test.com/alice/Maildir/", "test.com/alice", "/m/test.com/alice/Maildir", "/m/test.com/alice"},
      {"BD/98/test.com/99/5F/alice/Maildir/", "BD/98/test.com/99/5F/alice",
       "/m/BD/98/test.com/99/5F/alice/Maildir", "/m/BD/98/test.com/99/5F/alice"},
      {"/m/test.com/alice/Maildir/", "/m/test.com/alice/", "/m/test.com/alice/Maildir", "/m/test.com/alice"},
      {"", "", "/m/test.com/alice/Maildir", "/m/test.com/alice"},
      {"test.com/alice/Maildir/", "", "/m/test.com/alice/Maildir", "/m/test.com/alice"},
      {"alice", "", "/m/alice", "/m/alice"},
      {"./test.com//alice/./Maildir", "test.com/alice", "/m/test.com/alice/Maildir", "/m/test.com/alice"},
      {"a/..b/Maildir", "a/..b", "/m/a/..b/Maildir", "/m/a/..b"},
  };
  for (const std::string base : {"/m", "/m/"}) {
    MailSettings settings;
    settings.base = base;
    settings.confine_to_domain = false;
    for (const auto& c : cases) {
      INFO(base << " + " << c.maildir << " + " << c.homedir);
      const auto location = locate_mail(mailbox(c.maildir, c.homedir), settings);
      REQUIRE(location.is_found());
      CHECK(location.value().maildir == c.expected_maildir);
      CHECK(location.value().home == c.expected_home);
      CHECK(location.value().uid == 2525);
    }
  }
}

TEST_CASE("Paths that leave the mail base are refused, with the row and the column") {
  MailSettings settings;
  settings.base = "/m";
  for (const std::string path :
       {"../etc", "/etc", "a/../../etc", "a/../b", "..", ".", "/m", "/m/..", "/mailbox/x", "/"}) {
    INFO(path);
    const auto by_maildir = locate_mail(mailbox(path, "test.com/alice"), settings);
    CHECK(by_maildir.outcome() == Outcome::PermanentFailure);
    CHECK(by_maildir.reason().find("mailbox alice@test.com: maildir leaves") == 0);
    const auto by_home = locate_mail(mailbox("test.com/alice/Maildir", path), settings);
    CHECK(by_home.outcome() == Outcome::PermanentFailure);
    CHECK(by_home.reason().find("mailbox alice@test.com: homedir leaves") == 0);
  }
  CHECK(locate_mail(mailbox("a\nb", ""), settings).outcome() == Outcome::PermanentFailure);
  CHECK(locate_mail(mailbox(std::string("a\0b", 3), ""), settings).outcome() == Outcome::PermanentFailure);
}

TEST_CASE("A mailbox can't lie in another domain's mail") {
  struct Case {
    const char* path;
    bool allowed;
  };
  const std::vector<Case> cases{
      {"test.com/alice", true},
      {"TEST.COM/alice", true},
      {"BD/98/test.com/99/5F/alice", true},
      {"BD/test.com/alice", true},
      {"/m/test.com/alice", true},
      {"other.com/bob", false},
      {"alice", false},
      {"BD/98/other.com/bob", false},
      {"other.com/98/test.com/bob", false},
      {"BD/98/77/test.com", false},
      {"other.com/test.com/bob", false},
      {"xtest.com/alice", false},
  };
  MailSettings settings;
  settings.base = "/m";
  for (const auto& c : cases) {
    INFO(c.path);
    const auto by_maildir = locate_mail(mailbox(c.path, "test.com/alice"), settings);
    CHECK(by_maildir.is_found() == c.allowed);
    const auto by_home = locate_mail(mailbox("test.com/alice/Maildir", c.path), settings);
    CHECK(by_home.is_found() == c.allowed);
    if (!c.allowed) {
      CHECK(by_maildir.reason() ==
            "mailbox alice@test.com: maildir is not in the folder of the domain test.com; correct the row");
      CHECK(by_home.outcome() == Outcome::PermanentFailure);
    }
  }
}

TEST_CASE("Ids come from the row, above the minimum, or from the configuration") {
  MailboxRecord row = mailbox("test.com/alice/Maildir", "test.com/alice");
  using Id = std::optional<std::int64_t>;
  for (const Id id : {Id(), Id(0), Id(-1), Id(499), Id(4294967295), Id(8589934592)}) {
    INFO((id ? *id : -99));
    row.uidnumber = id;
    row.gidnumber = 2525;
    auto location = locate_mail(row, {});
    CHECK(location.outcome() == Outcome::PermanentFailure);
    CHECK(location.reason().find("alice@test.com: uidnumber") != std::string::npos);

    row.uidnumber = 2525;
    row.gidnumber = id;
    location = locate_mail(row, {});
    CHECK(location.outcome() == Outcome::PermanentFailure);
    CHECK(location.reason().find("alice@test.com: gidnumber") != std::string::npos);

    MailSettings fixed;
    fixed.uid = 2525;
    fixed.gid = 2526;
    row.uidnumber = id;
    location = locate_mail(row, fixed);
    REQUIRE(location.is_found());
    CHECK(location.value().uid == 2525);
    CHECK(location.value().gid == 2526);
  }
}
