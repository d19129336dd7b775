// SPDX-License-Identifier: MIT
#include "authd/authenticator.hpp"

#include "support/catch.hpp"
#include "unit/authd/login_world.hpp"

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace extmail;
using tests::account;
using tests::contains_text;
using tests::kGuideHash;
using tests::World;
using wire::auth::Reply;
using wire::auth::Request;
using wire::auth::Status;
using wire::auth::Verb;
using namespace std::chrono_literals;

TEST_CASE("An answer to a challenge logs in as a password does") {
  World world;
  const auto answer = [&](const std::string& user, const std::string& digest) {
    Request request;
    request.verb = Verb::Verify;
    request.user = user;
    request.service = "imap";
    request.remote = "192.0.2.9";
    std::promise<std::pair<Status, std::string>> promise;
    world.authenticator->submit(std::move(request),
                                ChallengeResponse{"CRAM-MD5", Secret("<1@test>"), Secret(digest)},
                                [&](const Reply& reply, const AccountRecord*) {
                                  promise.set_value({reply.status, reply.reason});
                                });
    return promise.get_future().get();
  };
  constexpr const char* kRight = "39c4a6c435f9528114dd31be3524e071";  // HMAC-MD5 of <1@test> with `extmail`
  CHECK(answer("plain@test.com", kRight).first == Status::Ok);
  CHECK(answer("plain@test.com", std::string(32, '0')).first == Status::Mismatch);
  CHECK(answer("off@test.com", kRight).first == Status::Denied);
  CHECK(answer("nobody@test.com", kRight).first == Status::Unknown);
  const auto [status, reason] = answer("alice@test.com", kRight);
  CHECK(status == Status::Mismatch);
  CHECK(reason == "no clear password is stored, and CRAM-MD5 can't work with what is");
  CHECK(world.log.has("login_ok: user=plain@test.com service=imap remote=192.0.2.9"));
}

TEST_CASE("A login ends as its row allows") {
  struct Case {
    const char* user;
    const char* password;
    const char* service;
    Status status;
  };
  const std::vector<Case> cases{
      {"alice@test.com", "extmail", "imap", Status::Ok},
      {"ALICE@TEST.COM", "extmail", "imap", Status::Ok},
      {"alice@test.com", "wrong", "imap", Status::Mismatch},
      {"alice@test.com", "", "imap", Status::Mismatch},
      {"nobody@test.com", "extmail", "imap", Status::Unknown},
      {"alice", "extmail", "imap", Status::Unknown},
      {"", "extmail", "imap", Status::Unknown},
      {"off@test.com", "extmail", "imap", Status::Denied},
      {"off@test.com", "wrong", "imap", Status::Mismatch},
      {"root@test.com", "extmail", "imap", Status::Permanent},
      {"damaged@test.com", "extmail", "imap", Status::Permanent},
      {"nohash@test.com", "extmail", "imap", Status::Permanent},
  };
  World world;
  for (const auto& c : cases) {
    INFO(c.user << " " << c.password << " " << c.service);
    const Reply reply = world.verify(c.user, c.password, c.service);
    CHECK(reply.status == c.status);
    CHECK(reply.tag == 9);
    CHECK(reply.user.has_value() == (c.status == Status::Ok));
  }
}

TEST_CASE("A password that was verified before costs no hash, until its row changes") {
  World world;
  const auto remembered = [&] { return world.metric("extmail_authd_remembered_logins_total"); };
  REQUIRE(world.verify("alice@test.com", "extmail").status == Status::Ok);
  CHECK(remembered() == 0);
  REQUIRE(world.verify("alice@test.com", "extmail").status == Status::Ok);
  CHECK(remembered() == 1);
  CHECK(world.verify("alice@test.com", "extmai1").status == Status::Mismatch);

  auto inactive = account("Alice@test.com", kGuideHash);
  inactive.mailbox.active = false;
  world.database->put(inactive);
  const auto end = Time::clock::now() + 10s;
  while (world.verify("alice@test.com", "extmail").status == Status::Ok)
    REQUIRE(Time::clock::now() < end);
  CHECK(world.verify("alice@test.com", "extmail").status == Status::Denied);

  world.database->put(account("Alice@test.com", "{PLAIN}another"));
  while (world.verify("alice@test.com", "extmail").status != Status::Mismatch)
    REQUIRE(Time::clock::now() < end);
  CHECK(world.verify("alice@test.com", "another").status == Status::Ok);
}

TEST_CASE("After a flush a verified password is hashed again") {
  World world;
  const auto flushes = [&] { return world.authenticator->store().statistics().changes.flushes; };
  const auto remembered = [&] { return world.metric("extmail_authd_remembered_logins_total"); };
  for (int i = 0; i < 2; ++i)
    REQUIRE(world.verify("alice@test.com", "extmail").status == Status::Ok);
  REQUIRE(remembered() == 1);
  world.database->flush();
  const auto end = Time::clock::now() + 10s;
  while (flushes() == 0)
    REQUIRE(Time::clock::now() < end);
  CHECK(world.verify("alice@test.com", "extmail").status == Status::Ok);
  CHECK(remembered() == 1);
  CHECK(world.verify("alice@test.com", "extmail").status == Status::Ok);
  CHECK(remembered() == 2);
}

TEST_CASE("A database fault is neither an unknown user nor a wrong password") {
  World world;
  world.database->fail_with(Outcome::TemporaryFailure);
  CHECK(world.verify("alice@test.com", "extmail").status == Status::Temporary);
  CHECK(world.verify("nobody@test.com", "extmail").status == Status::Temporary);
  CHECK(world.user("alice@test.com", "lmtp").status == Status::Temporary);
  CHECK(world.credentials("alice@test.com", "CRAM-MD5").status == Status::Temporary);
  CHECK(world.list("").status == Status::Temporary);
  world.database->fail_with(Outcome::PermanentFailure);
  CHECK(world.verify("alice@test.com", "extmail").status == Status::Permanent);
}

TEST_CASE("An app password logs in where it may, and its name is logged") {
  World world;
  CHECK(world.verify("apps@test.com", "phone-secret").status == Status::Ok);
  CHECK(world.log.has("login_ok: user=apps@test.com service=imap remote=192.0.2.1 app=phone"));
  CHECK(world.verify("apps@test.com", "phone-secret").status == Status::Ok);  // remembered now
  const Reply reply = world.verify("apps@test.com", "phone-secret", "smtp");
  CHECK(reply.status == Status::Denied);
  CHECK(reply.reason == "the app password phone is not for this service");
  CHECK(world.verify("apps@test.com", "extmail", "smtp").status == Status::Ok);
  // A row that is no hash is said, and does not keep the others from being tried.
  CHECK(world.verify("apps@test.com", "wrong").status == Status::Mismatch);
  CHECK(world.log.has("account_unusable: user=apps@test.com"));
  CHECK(world.log.has("the row broken in extmail_app_password"));
}

TEST_CASE("Guesses at app passwords count where the mailbox's own password is locked") {
  World world;
  AccountRecord locked = account("locked@test.com", "{CRYPT}*");
  LoginSecrets secrets;
  secrets.password = Secret("{CRYPT}*");
  secrets.app_passwords.push_back({"phone", Secret("{PLAIN}phone-secret"), "", "", ""});
  locked.secrets = std::make_shared<LoginSecrets>(std::move(secrets));
  world.database->put(locked);
  CHECK(world.verify("locked@test.com", "guess").status == Status::Permanent);
  CHECK(world.throttle.statistics().failures == 1);
  CHECK(world.verify("locked@test.com", "phone-secret").status == Status::Ok);
  // Where there is nothing that could have been guessed, the password may be the right one.
  CHECK(world.verify("nohash@test.com", "extmail").status == Status::Permanent);
  CHECK(world.throttle.statistics().failures == 1);
}

TEST_CASE("User data needs no password") {
  World world;
  CHECK(world.user("alice@test.com", "lmtp").status == Status::Ok);
  CHECK(world.user("off@test.com", "lmtp").status == Status::Denied);
  CHECK(world.user("nobody@test.com", "lmtp").status == Status::Unknown);
  CHECK(world.user("root@test.com", "lmtp").status == Status::Permanent);
  CHECK(world.log.has("account_unusable: user=root@test.com service=lmtp"));
  CHECK(world.log.has("mailbox root@test.com: uidnumber 0"));
}

TEST_CASE("Logins are logged and counted, without the password") {
  World world;
  (void)world.verify("alice@test.com", "extmail");
  (void)world.verify("alice@test.com", "hunter2hunter2");
  (void)world.verify("nobody@test.com", "hunter2hunter2");
  CHECK(world.log.has("login_ok: user=alice@test.com service=imap remote=192.0.2.1"));
  CHECK(world.log.has("login_refused: user=alice@test.com service=imap remote=192.0.2.1: wrong password"));
  CHECK(world.log.has("login_refused: user=nobody@test.com service=imap remote=192.0.2.1: no such mailbox"));
  CHECK_FALSE(world.log.has("hunter2"));
  const std::string page = world.metrics_page();
  CHECK_THAT(page, contains_text(R"(requests_total{request="verify",service="imap",result="ok"} 1)"));
  CHECK_THAT(page, contains_text(R"(requests_total{request="verify",service="imap",result="mismatch"} 1)"));
  CHECK_THAT(page, contains_text(R"(requests_total{request="verify",service="imap",result="unknown"} 1)"));
}
