// SPDX-License-Identifier: MIT
#include "authd/authdaemond_accounts.hpp"

#include "support/catch.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

using namespace extmail;
using authd::AuthdaemondAccounts;
using tests::contains_text;
using Paths = AuthdaemondAccounts::Paths;

namespace {

MailboxRecord mailbox() {
  MailboxRecord mailbox;
  mailbox.username = "Alice@test.com";
  mailbox.domain = DomainRecord{"test.com", true, "", {}, ""};
  mailbox.active = true;
  mailbox.maildir = "test.com/alice/Maildir/";
  mailbox.homedir = "test.com/alice";
  mailbox.quota = "104857600S";
  mailbox.uidnumber = 2525;
  mailbox.gidnumber = 2526;
  return mailbox;
}

AuthdaemondAccounts accounts(Paths paths = Paths::Absolute, bool enforces_domain = false) {
  AccessRules access;
  access.enforce_domain_services = enforces_domain;
  MailSettings mail;
  mail.base = "/var/mailbox/";
  return {access, mail, paths};
}

wire::authdaemond::Account told(const AuthdaemondAccounts& accounts, const MailboxRecord& mailbox,
                                const WebmailProfile& profile = {}) {
  auto account = accounts.account(mailbox, profile);
  REQUIRE(account.is_found());
  return std::move(account).value();
}

}  // namespace

TEST_CASE("authdaemond's clients are told what the columns say, and no password") {
  const auto account = told(accounts(), mailbox(), {"Alice", "52428800S", false, false});
  CHECK(
      encode(account).view() ==
      "UID=2525\nGID=2526\nHOME=/var/mailbox/test.com/alice\nADDRESS=Alice@test.com\nNAME=Alice\n"
      "MAILDIR=/var/mailbox/test.com/alice/Maildir/\nQUOTA=104857600S\nOPTIONS=netdiskquota=52428800S\n.\n");
}

TEST_CASE("Paths for authdaemond's clients") {
  struct Case {
    std::string homedir;
    std::string maildir;
    std::string home_absolute;
    std::string maildir_absolute;
    std::string home_stored;
    std::string maildir_stored;
  };
  const std::vector<Case> cases{
      {"test.com/alice", "test.com/alice/Maildir/", "/var/mailbox/test.com/alice",
       "/var/mailbox/test.com/alice/Maildir/", "test.com/alice", "test.com/alice/Maildir/"},
      {"test.com/alice/", "test.com/alice/Maildir", "/var/mailbox/test.com/alice",
       "/var/mailbox/test.com/alice/Maildir", "test.com/alice/", "test.com/alice/Maildir"},
      {"BD/98/test.com/alice", "BD/98/test.com/99/5F/alice/Maildir/", "/var/mailbox/BD/98/test.com/alice",
       "/var/mailbox/BD/98/test.com/99/5F/alice/Maildir/", "BD/98/test.com/alice",
       "BD/98/test.com/99/5F/alice/Maildir/"},
      {"", "", "/var/mailbox/test.com/alice", "/var/mailbox/test.com/alice/Maildir/", "test.com/alice",
       "test.com/alice/Maildir/"},
      {"", "test.com/x/y/", "/var/mailbox/test.com/x", "/var/mailbox/test.com/x/y/", "test.com/x",
       "test.com/x/y/"},
      {"/var/mailbox/test.com/x", "/var/mailbox/test.com/x/M/", "/var/mailbox/test.com/x",
       "/var/mailbox/test.com/x/M/", "/var/mailbox/test.com/x", "/var/mailbox/test.com/x/M/"},
  };
  for (const auto& c : cases) {
    INFO('"' << c.homedir << "\" \"" << c.maildir << '"');
    MailboxRecord row = mailbox();
    row.homedir = c.homedir;
    row.maildir = c.maildir;
    const auto absolute = told(accounts(Paths::Absolute), row);
    CHECK(absolute.home == c.home_absolute);
    CHECK(absolute.maildir == c.maildir_absolute);
    const auto stored = told(accounts(Paths::Stored), row);
    CHECK(stored.home == c.home_stored);
    CHECK(stored.maildir == c.maildir_stored);
    const auto listed = accounts(Paths::Stored).listed(row);
    REQUIRE(listed.is_found());
    CHECK(listed.value().home == c.home_stored);
    CHECK(listed.value().maildir == c.maildir_stored);
  }
}

TEST_CASE("Rows that nobody may rely on are refused, whatever is told of their paths") {
  const std::vector<std::pair<std::function<void(MailboxRecord&)>, std::string>> cases{
      {[](auto& m) { m.maildir = "test.com/../other.com/x/"; }, "maildir leaves the mail base"},
      {[](auto& m) { m.maildir = "/etc/"; }, "maildir leaves the mail base"},
      {[](auto& m) { m.maildir = "test.com/a\nUID=0/"; }, "maildir leaves the mail base"},
      {[](auto& m) { m.maildir = "other.com/alice/Maildir/"; }, "maildir is not in the folder of the domain"},
      {[](auto& m) { m.homedir = ".."; }, "homedir leaves the mail base"},
      {[](auto& m) { m.uidnumber = 0; }, "uidnumber 0 is below min_uid"},
      {[](auto& m) { m.gidnumber.reset(); }, "gidnumber NULL is below min_gid"},
  };
  for (const auto& [change, reason] : cases) {
    INFO(reason);
    MailboxRecord row = mailbox();
    change(row);
    for (const Paths paths : {Paths::Absolute, Paths::Stored}) {
      const auto account = accounts(paths).account(row, {});
      CHECK(account.outcome() == Outcome::PermanentFailure);
      CHECK_THAT(account.reason(), contains_text(reason));
      CHECK(accounts(paths).listed(row).outcome() == Outcome::PermanentFailure);
    }
  }
}

TEST_CASE("Quotas are in Courier's form") {
  const std::vector<std::pair<std::string, std::string>> cases{{"104857600S", "104857600S"},
                                                               {"104857600S,1000C", "104857600S,1000C"},
                                                               {"1000C", "1000C"},
                                                               {"0S", "0S"},
                                                               {"104857600", "104857600S"},
                                                               {"0", "0S"},
                                                               {"", ""},
                                                               {"NULL", ""},
                                                               {"lots", ""},
                                                               {"1S\nUID=0", ""}};
  for (const auto& [stored, expected] : cases) {
    INFO(stored);
    MailboxRecord row = mailbox();
    row.quota = stored;
    CHECK(told(accounts(), row).quota == expected);
  }
}

TEST_CASE("Options name what is switched off, and nothing else") {
  struct Case {
    std::function<void(MailboxRecord&, WebmailProfile&)> change;
    std::string options;
    std::string listed;
  };
  const std::vector<Case> cases{
      {[](auto&, auto&) {}, "", ""},
      {[](auto& m, auto&) { m.disabled.imap = true; }, "disableimap=1", "disableimap=1"},
      {[](auto& m, auto&) { m.disabled.pop3 = true; }, "disablepop3=1", "disablepop3=1"},
      {[](auto& m, auto&) { m.disabled.webmail = true; }, "disablewebmail=1", "disablewebmail=1"},
      {[](auto& m, auto&) { m.disabled.smtp = m.disabled.smtpd = true; }, "", ""},
      {[](auto&, auto& p) { p.disables_netdisk = true; }, "disablenetdisk=1", ""},
      {[](auto&, auto& p) { p.disables_password_change = true; }, "disablepwdchange=1", ""},
      {[](auto&, auto& p) { p.netdiskquota = "5S,disablewebmail=1"; }, "netdiskquota=5S", ""},
      {[](auto& m, auto& p) {
         m.disabled = {true, true, true, true, true};
         p = {"", "5S", true, true};
       },
       "disableimap=1,disablepop3=1,disablewebmail=1,disablenetdisk=1,disablepwdchange=1,netdiskquota=5S",
       "disableimap=1,disablepop3=1,disablewebmail=1"},
  };
  for (const auto& c : cases) {
    INFO(c.options);
    MailboxRecord row = mailbox();
    WebmailProfile profile;
    c.change(row, profile);
    CHECK(told(accounts(), row, profile).options == c.options);
    const auto listed = accounts().listed(row);
    REQUIRE(listed.is_found());
    CHECK(listed.value().options == c.listed);
  }
}

TEST_CASE("A domain's services count where they are enforced") {
  MailboxRecord row = mailbox();
  row.domain->disabled.pop3 = true;
  CHECK(told(accounts(Paths::Absolute, false), row).options.empty());
  CHECK(told(accounts(Paths::Absolute, true), row).options == "disablepop3=1");
}
