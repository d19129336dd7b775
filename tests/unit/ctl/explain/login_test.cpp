// SPDX-License-Identifier: MIT
#include "ctl/explain/login.hpp"

#include "support/catch.hpp"
#include "support/fake_database.hpp"
#include "support/fake_directory.hpp"

#include <functional>
#include <memory>
#include <string>

using namespace extmail;
using namespace extmail::ctl;

namespace {

AccountRecord account() {
  AccountRecord account;
  account.mailbox.username = "alice@test.com";
  account.mailbox.active = true;
  account.mailbox.uidnumber = account.mailbox.gidnumber = 2525;
  auto secrets = std::make_shared<LoginSecrets>();
  secrets->password = Secret("{PLAIN}right");
  AppPassword phone;
  phone.name = "phone";
  phone.password = Secret("{PLAIN}phone");
  phone.services = "imap";
  secrets->app_passwords.push_back(std::move(phone));
  account.secrets = std::move(secrets);
  return account;
}

}  // namespace

TEST_CASE("Whether a login is let in is said in one sentence, with what stands against it") {
  struct Row {
    const char* story;
    std::function<void(AccountRecord&, DomainRecord&)> change;
    const char* service;
    const char* password;  // null: not given
    Verdict verdict;
    const char* sentence;
  };
  const auto nothing = [](AccountRecord&, DomainRecord&) {};
  const char* const place = "the mail is in /var/mailbox/test.com/alice/Maildir.";
  const std::string let_in = std::string("The login is let in: ") + place;
  const std::string if_right = std::string("The login is let in with the right password: ") + place;
  for (const auto& row : {
           Row{"right", nothing, "imap", "right", Verdict::Passes, let_in.c_str()},
           Row{"not given", nothing, "imap", nullptr, Verdict::Passes, if_right.c_str()},
           Row{"wrong", nothing, "imap", "wrong", Verdict::Refused,
               "The login is refused: the password is wrong."},
           Row{"an app password", nothing, "imap", "phone", Verdict::Passes, let_in.c_str()},
           Row{"one for something else", nothing, "pop3", "phone", Verdict::Refused,
               "The login is refused: the app password phone is not for this service."},
           Row{"disabled", [](auto&a, auto&) { a.mailbox.disabled.imap = true; }, "imap", "right",
               Verdict::Refused, "The login is refused: the mailbox is disabled for imap (disableimap = 1)."},
           Row{"disabled for sending", [](auto&a, auto&) { a.mailbox.disabled.smtpd = true; }, "submission",
               nullptr, Verdict::Refused,
               "The login is refused: the mailbox is disabled for submission (disablesmtpd = 1)."},
           Row{"only the owner learns that", [](auto&a, auto&) { a.mailbox.disabled.imap = true; }, "imap",
               "wrong", Verdict::Refused, "The login is refused: the password is wrong."},
           Row{"inactive", [](auto&a, auto&) { a.mailbox.active = false; }, "imap", "right", Verdict::Refused,
               "The login is refused: the mailbox is inactive (active = 0)."},
           Row{"expired", [](auto&a, auto&) { a.mailbox.expires = "2026-01-31"; }, "imap", "right",
               Verdict::Refused, "The login is refused: the mailbox has expired (expiredate = 2026-01-31)."},
           Row{"its domain", [](auto&, auto&d) { d.active = false; }, "imap", "right", Verdict::Refused,
               "The login is refused: its domain test.com is inactive."},
           Row{"a network",
               [](auto&a, auto&) {
                 a.fields = {{"allow_nets", "198.51.100.0/24"}};
               },
               "imap", "right", Verdict::Refused,
               "The login is refused: the field allow_nets of mailbox alice@test.com does not name the "
               "client's "
               "network."},
           Row{"a row to mend", [](auto&a, auto&) { a.mailbox.maildir = "../../etc"; }, "imap", "right",
               Verdict::Misconfigured, "The login is refused: mailbox alice@test.com"},
       }) {
    CAPTURE(row.story);
    tests::FakeDatabase database;
    const tests::FakeClock clock;
    auto record = account();
    DomainRecord domain{"test.com", true, "", {}, ""};
    row.change(record, domain);
    database.put(domain);
    database.put(record);
    Login login{"Alice@test.com", row.service, "192.0.2.1", {}};
    if (row.password != nullptr) login.password = Secret(row.password);
    const auto explanation = explain_login(database, clock, {{}, "CRYPT"}, login);
    CHECK(explanation.verdict == row.verdict);
    CHECK_THAT(explanation.sentence, tests::contains_text(row.sentence));
    for (const auto& step : explanation.steps)
      CHECK(step.answer.find("PLAIN") == std::string::npos);  // no secret is shown
  }
}

TEST_CASE("A mailbox that is not there is no failure, and a failure no mailbox that is not there") {
  tests::FakeDatabase database;
  const tests::FakeClock clock;
  const Login login{"nobody@test.com", "imap", "::1", {}};
  CHECK(explain_login(database, clock, {{}, "CRYPT"}, login).sentence ==
        "The login is refused: there is no mailbox nobody@test.com.");
  database.fail_with(Outcome::TemporaryFailure);
  const auto away = explain_login(database, clock, {{}, "CRYPT"}, login);
  CHECK(away.verdict == Verdict::Temporary);
  CHECK(away.sentence.find("The login can't be decided: ") == 0);
}
