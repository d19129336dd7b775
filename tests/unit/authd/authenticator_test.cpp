// SPDX-License-Identifier: MIT
#include "authd/authenticator.hpp"

#include "support/catch.hpp"
#include "support/fake_directory.hpp"
#include "support/recording_log.hpp"

#include <string>
#include <vector>

using namespace extmail;
using authd::Authenticator;
using wire::auth::Reply;
using wire::auth::Request;
using wire::auth::Status;

namespace {

struct World {
  World() {
    directory.add_domain("test.com");
    directory.add_mailbox("Alice@test.com", "$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C0");
    directory.add_mailbox("plain@test.com", "{PLAIN}extmail");
    directory.add_mailbox("off@test.com", "{PLAIN}extmail").active = false;
    directory.add_mailbox("noimap@test.com", "{PLAIN}extmail").disabled.imap = true;
    directory.add_mailbox("root@test.com", "{PLAIN}extmail").uidnumber = 0;
    directory.add_mailbox("escape@test.com", "{PLAIN}extmail").maildir = "../../etc";
    directory.add_mailbox("damaged@test.com", "$1$phz1mRrj");
    directory.add_mailbox("nohash@test.com", "");
  }

  [[nodiscard]] Authenticator authenticator() { return {directory, directory, clock, log, {}}; }

  Reply verify(const std::string& user, const std::string& password, const std::string& service = "imap") {
    Request request;
    request.tag = 9;
    request.user = user;
    request.password = Secret(password);
    request.service = service;
    request.remote = "192.0.2.1";
    const auto subject = authenticator();
    return subject.verify(request, subject.look_up(user, {}));
  }

  Reply ask(Reply (Authenticator::*question)(const Request&, Deadline) const, const std::string& user,
            const std::string& service) {
    Request request;
    request.user = user;
    request.service = service;
    const auto subject = authenticator();
    return (subject.*question)(request, {});
  }

  tests::FakeDirectory directory;
  tests::FakeClock clock;
  tests::RecordingLog log;
};

}  // namespace

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
      {"noimap@test.com", "extmail", "imap", Status::Denied},
      {"noimap@test.com", "extmail", "pop3", Status::Ok},
      {"root@test.com", "extmail", "imap", Status::Permanent},
      {"escape@test.com", "extmail", "imap", Status::Permanent},
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

TEST_CASE("Who logged in is told what their host needs, in the stored spelling") {
  World world;
  const Reply reply = world.verify("alice@test.com", "extmail");
  REQUIRE(reply.user);
  CHECK(reply.user->user == "Alice@test.com");
  CHECK(reply.user->uid == 2525);
  CHECK(reply.user->home == "/var/mailbox/test.com/Alice");
  CHECK(reply.user->maildir == "/var/mailbox/test.com/Alice/Maildir");
  CHECK(reply.user->quota_bytes == std::optional<std::uint64_t>(104857600));
}

TEST_CASE("A database fault is neither an unknown user nor a wrong password") {
  World world;
  world.directory.fail_with(Outcome::TemporaryFailure);
  CHECK(world.verify("alice@test.com", "extmail").status == Status::Temporary);
  CHECK(world.ask(&Authenticator::user_data, "alice@test.com", "lmtp").status == Status::Temporary);
  CHECK(world.ask(&Authenticator::credentials, "alice@test.com", "smtp").status == Status::Temporary);
  world.directory.fail_with(Outcome::PermanentFailure);
  CHECK(world.verify("alice@test.com", "extmail").status == Status::Permanent);
}

TEST_CASE("User data follows the rule of the service that asks") {
  World world;
  CHECK(world.ask(&Authenticator::user_data, "noimap@test.com", "lmtp").status == Status::Ok);
  CHECK(world.ask(&Authenticator::user_data, "noimap@test.com", "imap").status == Status::Denied);
  CHECK(world.ask(&Authenticator::user_data, "off@test.com", "lmtp").status == Status::Denied);
  CHECK(world.ask(&Authenticator::user_data, "nobody@test.com", "lmtp").status == Status::Unknown);
  CHECK(world.ask(&Authenticator::user_data, "root@test.com", "lmtp").status == Status::Permanent);
  CHECK(world.log.has("mailbox root@test.com: uidnumber 0"));
}

TEST_CASE("Credentials are given where a clear password is stored and still holds") {
  World world;
  const auto clear_of = [&](const std::string& user) {
    const Reply reply = world.ask(&Authenticator::credentials, user, "smtp");
    CHECK(reply.status == Status::Ok);
    return reply.clear_password ? std::string(reply.clear_password->view()) : std::string("none");
  };
  CHECK(clear_of("plain@test.com") == "extmail");
  CHECK(clear_of("alice@test.com") == "none");
  world.directory.set_clear_password("alice@test.com", "extmail");
  CHECK(clear_of("alice@test.com") == "extmail");
  world.directory.set_clear_password("alice@test.com", "the password from before");
  CHECK(clear_of("alice@test.com") == "none");
  CHECK(world.ask(&Authenticator::credentials, "off@test.com", "smtp").status == Status::Denied);
}

TEST_CASE("Logins are logged, without the password") {
  World world;
  (void)world.verify("alice@test.com", "extmail");
  (void)world.verify("alice@test.com", "hunter2hunter2");
  CHECK(world.log.has("login_ok: user=alice@test.com service=imap remote=192.0.2.1"));
  CHECK(world.log.has("login_refused: user=alice@test.com service=imap remote=192.0.2.1: wrong password"));
  CHECK_FALSE(world.log.has("hunter2"));
}
