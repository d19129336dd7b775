// SPDX-License-Identifier: MIT
#include "authd/account_rules.hpp"

#include "support/catch.hpp"
#include "support/fake_directory.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

using namespace extmail;
using authd::AccountRules;
using tests::contains_text;
using wire::auth::Reply;
using wire::auth::Request;
using wire::auth::Status;

namespace {

AccountRecord account() {
  AccountRecord account;
  MailboxRecord& mailbox = account.mailbox;
  mailbox.username = "Alice@test.com";
  mailbox.domain = DomainRecord{"test.com", true, "", {}, ""};
  mailbox.active = true;
  mailbox.maildir = "test.com/alice/Maildir/";
  mailbox.quota = "104857600S,1000C";
  mailbox.uidnumber = 2525;
  mailbox.gidnumber = 2526;
  account.secrets = std::make_shared<LoginSecrets>();
  return account;
}

Request request(const std::string& service = "imap", const std::string& remote = "192.0.2.1") {
  Request request;
  request.tag = 9;
  request.user = "alice@test.com";
  request.service = service;
  request.remote = remote;
  return request;
}

AccountRules rules(const tests::FakeClock& clock, bool proxies = false) {
  AccountRules::Settings settings;
  settings.proxies = proxies;
  settings.own_names = {"mx1.test.com"};
  return {settings, clock};
}

}  // namespace

TEST_CASE("The host is told what it needs, in the stored spelling") {
  const tests::FakeClock clock;
  const Reply reply = rules(clock).log_in(request(), account());
  REQUIRE(reply.status == Status::Ok);
  CHECK(reply.tag == 9);
  REQUIRE(reply.user);
  CHECK(reply.user->user == "Alice@test.com");
  CHECK(reply.user->uid == 2525);
  CHECK(reply.user->gid == 2526);
  CHECK(reply.user->home == "/var/mailbox/test.com/alice");
  CHECK(reply.user->maildir == "/var/mailbox/test.com/alice/Maildir");
  CHECK(reply.user->quota_bytes == std::optional<std::uint64_t>(104857600));
  CHECK(reply.user->quota_messages == std::optional<std::uint64_t>(1000));
  CHECK(reply.user->mailhost.empty());
}

TEST_CASE("Fields that a plugin could not take are the row's fault") {
  const tests::FakeClock clock;
  AccountRecord many = account();
  for (int i = 0; i < 47; ++i)
    many.fields.emplace_back("userdb_field" + std::to_string(i), std::string(1000, 'x'));
  const Reply reply = rules(clock).log_in(request(), many);
  CHECK(reply.status == Status::Ok);
  CHECK(wire::auth::split_message(wire::auth::encode(reply).view()).state == Frame::State::Complete);
  many.fields.emplace_back("userdb_more", std::string(4096, 'x'));
  const Reply refused = rules(clock).log_in(request(), many);
  CHECK(refused.status == Status::Permanent);
  CHECK_THAT(refused.reason, contains_text("rows in extmail_user_field are too long together"));
}

TEST_CASE("What stands against a login is said") {
  struct Case {
    std::function<void(AccountRecord&)> change;
    const char* service;
    const char* reason;  // of Denied; empty: it may
  };
  const std::vector<Case> cases{
      {[](AccountRecord&) {}, "imap", ""},
      {[](AccountRecord& a) { a.mailbox.active = false; }, "imap", "the mailbox is inactive"},
      {[](AccountRecord& a) { a.mailbox.active = false; }, "sieve", "the mailbox is inactive"},
      {[](AccountRecord& a) { a.mailbox.expires = "2026-06-15"; }, "imap", "the mailbox has expired"},
      {[](AccountRecord& a) { a.mailbox.expires = "2026-06-16"; }, "imap", ""},
      {[](AccountRecord& a) { a.mailbox.domain->active = false; }, "imap",
       "its domain is missing, inactive or expired"},
      {[](AccountRecord& a) { a.mailbox.domain.reset(); }, "lmtp",
       "its domain is missing, inactive or expired"},
      {[](AccountRecord& a) { a.mailbox.disabled.imap = true; }, "imap",
       "the mailbox has this service disabled"},
      {[](AccountRecord& a) { a.mailbox.disabled.imap = true; }, "pop3", ""},
      {[](AccountRecord& a) { a.mailbox.disabled.imap = true; }, "sieve", ""},
      {[](AccountRecord& a) { a.mailbox.disabled.smtpd = true; }, "smtp",
       "the mailbox has this service disabled"},
      {[](AccountRecord& a) { a.mailbox.disabled.smtp = true; }, "lmtp",
       "the mailbox has this service disabled"},
      {[](AccountRecord& a) { a.mailbox.disabled.webmail = true; }, "extmail",
       "the mailbox has this service disabled"},
      {[](AccountRecord& a) {
         a.fields = {{"allow_nets", "192.0.2.0/24"}};
       },
       "imap", ""},
      {[](AccountRecord& a) {
         a.fields = {{"allow_nets", "198.51.100.0/24, local"}};
       },
       "imap", "the field allow_nets of mailbox Alice@test.com does not name the client's network"},
  };
  const tests::FakeClock clock;
  for (const auto& c : cases) {
    AccountRecord changed = account();
    c.change(changed);
    const Reply reply = rules(clock).log_in(request(c.service), changed);
    INFO(c.service << ": " << c.reason);
    CHECK(reply.status == (*c.reason == '\0' ? Status::Ok : Status::Denied));
    CHECK(reply.reason == c.reason);
  }
}

TEST_CASE("A client whose address is not known is where local says") {
  const tests::FakeClock clock;
  AccountRecord limited = account();
  limited.fields = {{"allow_nets", "192.0.2.0/24"}};
  CHECK(rules(clock).log_in(request("extmail", ""), limited).status == Status::Denied);
  limited.fields = {{"allow_nets", "192.0.2.0/24,local"}};
  CHECK(rules(clock).log_in(request("extmail", ""), limited).status == Status::Ok);
  limited.fields = {{"Allow_Nets", "198.51.100.0/24"}};
  CHECK(rules(clock).log_in(request(), limited).status == Status::Denied);
  // Where mail is delivered to, nobody logs in from.
  limited.fields = {{"allow_nets", "198.51.100.0/24"}};
  CHECK(rules(clock).user(request("lmtp", ""), limited).status == Status::Ok);
}

TEST_CASE("A row that can't be used is a fault of the row, named") {
  const tests::FakeClock clock;
  const auto reason_of = [&](const std::function<void(AccountRecord&)>& change) {
    AccountRecord changed = account();
    change(changed);
    const Reply reply = rules(clock, true).log_in(request(), changed);
    CHECK(reply.status == Status::Permanent);
    CHECK_FALSE(reply.user);
    return reply.reason;
  };
  CHECK_THAT(reason_of([](AccountRecord& a) { a.mailbox.uidnumber = 0; }),
             contains_text("mailbox Alice@test.com: uidnumber 0"));
  CHECK_THAT(reason_of([](AccountRecord& a) { a.mailbox.maildir = "../../etc"; }),
             contains_text("leaves the mail base"));
  CHECK(reason_of([](AccountRecord& a) { a.fault = "too many rows"; }) == "too many rows");
  CHECK_THAT(reason_of([](AccountRecord& a) {
               a.fields = {{"allow_nets", "192.0.2.0/99"}};
             }),
             contains_text("the field allow_nets of mailbox Alice@test.com"));
  CHECK_THAT(reason_of([](AccountRecord& a) { a.mailbox.mailhost = "mx2 port=1"; }),
             contains_text("mailhost is no host name"));
}

TEST_CASE("An app password is good where and for what it was made") {
  struct Case {
    const char* services;
    const char* networks;
    const char* expires;
    const char* reason;
  };
  const std::vector<Case> cases{
      {"", "", "", ""},
      {"imap, smtp", "", "", ""},
      {"IMAP", "192.0.2.0/24", "2026-06-16", ""},
      {"pop3,smtp", "", "", "the app password phone is not for this service"},
      {"imap4", "", "", "the app password phone is not for this service"},
      {"", "198.51.100.0/24", "",
       "the app password phone of mailbox Alice@test.com does not name the client's network"},
      {"", "", "2026-06-15", "the app password phone has expired"},
  };
  const tests::FakeClock clock;
  for (const auto& c : cases) {
    const AppPassword app{"phone", Secret(), c.services, c.networks, c.expires};
    const Reply reply = rules(clock).log_in(request(), account(), app);
    INFO(c.services << '|' << c.networks << '|' << c.expires);
    CHECK(reply.status == (*c.reason == '\0' ? Status::Ok : Status::Denied));
    CHECK(reply.reason == c.reason);
  }
  AccountRecord inactive = account();
  inactive.mailbox.active = false;
  CHECK(rules(clock).log_in(request(), inactive, {"phone", Secret(), "", "", ""}).status == Status::Denied);
}

TEST_CASE("Who has a mailhost is sent there, if that is wanted") {
  const tests::FakeClock clock;
  AccountRecord elsewhere = account();
  elsewhere.mailbox.mailhost = "mx2.test.com";
  CHECK(rules(clock, false).log_in(request(), elsewhere).user->mailhost.empty());
  CHECK(rules(clock, true).log_in(request(), elsewhere).user->mailhost == "mx2.test.com");
  // What is there is for that host to know.
  elsewhere.mailbox.maildir = "/srv/other/alice";
  CHECK(rules(clock, true).log_in(request(), elsewhere).status == Status::Ok);
  AccountRecord here = account();
  here.mailbox.mailhost = "MX1.test.com";
  CHECK(rules(clock, true).log_in(request(), here).user->mailhost.empty());
}

TEST_CASE("Fields of the admin's go to the host as they are") {
  const tests::FakeClock clock;
  AccountRecord with_fields = account();
  with_fields.fields = {{"nologin", ""}, {"userdb_quota", "x"}};
  CHECK(rules(clock).user(request("imap"), with_fields).user->extra == with_fields.fields);
}
