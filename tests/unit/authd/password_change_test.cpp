// SPDX-License-Identifier: MIT
//
// Changes of passwords: what the authenticator asks before, and what is true after.
#include "core/address.hpp"
#include "unit/authd/login_world.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

using namespace extmail;
using tests::account;
using tests::contains_text;
using tests::kGuideHash;
using wire::auth::Reply;
using wire::auth::Status;
using namespace std::chrono_literals;

namespace {

constexpr const char* kNew = "Sek.ret2";

/// Changes rows as the database does, unless it is told to fail.
class RowWriter final : public PasswordWriter {
 public:
  Answer<Changed> replace(std::string_view, const Secret&, const Secret&, Deadline) override {
    FAIL("a change of password is no rehash");
    return Answer<Changed>::not_found();
  }
  Answer<Changed> change(std::string_view username, const Secret& old, const Secret& replacement,
                         const Secret& clear, Deadline) override {
    const std::lock_guard lock(mutex_);
    writes_.emplace_back(username);
    if (failure_ != Outcome::Found) {
      return failure_ == Outcome::TemporaryFailure
                 ? Answer<Changed>::temporary_failure("database: away")
                 : Answer<Changed>::permanent_failure("database: UPDATE command denied");
    }
    if (old.view() != expected_) return Answer<Changed>::not_found();
    auto row = row_;
    LoginSecrets secrets;
    secrets.password = replacement.clone();
    secrets.clear = clear.clone();
    row.secrets = std::make_shared<LoginSecrets>(std::move(secrets));
    database->put(row);
    return Answer<Changed>::found({});
  }
  /// The row that is changed, and what its column password has.
  void expect(const AccountRecord& row, const std::string& stored) {
    const std::lock_guard lock(mutex_);
    row_ = row;
    expected_ = stored;
  }
  void fail_with(Outcome outcome) {
    const std::lock_guard lock(mutex_);
    failure_ = outcome;
  }
  [[nodiscard]] std::vector<std::string> writes() const {
    const std::lock_guard lock(mutex_);
    return writes_;
  }

  std::shared_ptr<tests::FakeDatabase> database;

 private:
  mutable std::mutex mutex_;
  AccountRecord row_;
  std::string expected_;
  Outcome failure_ = Outcome::Found;
  std::vector<std::string> writes_;
};

struct World : tests::World {
  explicit World(RowWriter& writer, std::optional<authd::NewPasswordRules> rules = authd::NewPasswordRules{})
      : tests::World(std::make_shared<tests::FailingPages>(), &writer, rules) {
    writer.database = database;
    writer.expect(account("Alice@test.com", kGuideHash), kGuideHash);
  }
};

}  // namespace

TEST_CASE("After a change the new password logs in at once, and the old one no more") {
  RowWriter writer;
  World world(writer);
  REQUIRE(world.verify("alice@test.com", "extmail").status ==
          Status::Ok);  // known, and its password remembered
  const Reply reply = world.change("ALICE@test.com", "extmail", kNew);
  CHECK(reply.status == Status::Ok);
  CHECK(reply.tag == 9);
  CHECK(reply.reason.empty());
  CHECK_FALSE(reply.user);
  CHECK(writer.writes() == std::vector<std::string>{"Alice@test.com"});
  CHECK(world.verify("alice@test.com", kNew).status == Status::Ok);
  CHECK(world.verify("alice@test.com", "extmail").status == Status::Mismatch);
  CHECK_FALSE(world.memory.knows("Alice@test.com", {"extmail", kGuideHash}));
  CHECK(world.log.has("password_changed: user=ALICE@test.com service=extmail remote=192.0.2.1"));
  CHECK_FALSE(world.log.has(kNew));
  CHECK_THAT(world.metrics_page(),
             contains_text(R"(requests_total{request="change-password",service="webmail",result="ok"} 1)"));
}

TEST_CASE("Only who may log in with the old password, and change it, gets another") {
  auto frozen = account("frozen@test.com", "{PLAIN}extmail");
  frozen.profile.disables_password_change = true;
  auto no_webmail = account("noweb@test.com", "{PLAIN}extmail");
  no_webmail.mailbox.disabled.webmail = true;
  auto expired = account("expired@test.com", "{PLAIN}extmail");
  expired.mailbox.expires = "2020-01-01";
  struct Case {
    const char* user;
    const char* old;
    Status status;
    const char* reason;
  };
  const std::vector<Case> cases{
      {"alice@test.com", "wrong", Status::Mismatch, "wrong password"},
      {"nobody@test.com", "extmail", Status::Unknown, "no such mailbox"},
      {"no address", "extmail", Status::Unknown, "no such mailbox"},
      {"alice@test.com", "", Status::Mismatch, "wrong password"},
      {"off@test.com", "extmail", Status::Denied, "the mailbox is inactive"},
      {"off@test.com", "wrong", Status::Mismatch, "wrong password"},
      {"expired@test.com", "extmail", Status::Denied, "the mailbox has expired"},
      {"noweb@test.com", "extmail", Status::Denied, "the mailbox has this service disabled"},
      {"frozen@test.com", "extmail", Status::Denied, "the mailbox may not change its password"},
      {"frozen@test.com", "wrong", Status::Mismatch, "wrong password"},
      {"root@test.com", "extmail", Status::Permanent, "uidnumber 0"},
      {"damaged@test.com", "extmail", Status::Permanent, "the column password"},
      {"apps@test.com", "phone-secret", Status::Denied, "an app password can't change the mailbox's own"},
  };
  for (const auto& c : cases) {
    INFO(c.user << ' ' << c.old);
    RowWriter writer;
    World world(writer);
    world.database->put(frozen);
    world.database->put(no_webmail);
    world.database->put(expired);
    const Reply reply = world.change(c.user, c.old, kNew);
    CHECK(reply.status == c.status);
    CHECK_THAT(reply.reason, contains_text(c.reason));
    CHECK(writer.writes().empty());
  }
}

TEST_CASE("An app password without a name is one all the same") {
  RowWriter writer;
  World world(writer);
  AccountRecord apps = account("apps@test.com", kGuideHash);
  LoginSecrets secrets;
  secrets.password = Secret(kGuideHash);
  secrets.app_passwords.push_back({"", Secret("{PLAIN}phone-secret"), "", "", ""});
  apps.secrets = std::make_shared<LoginSecrets>(std::move(secrets));
  world.database->put(apps);
  CHECK(world.change("apps@test.com", "phone-secret", kNew).status == Status::Denied);
  CHECK(writer.writes().empty());
}

TEST_CASE("A new password that may not be is refused before the old one is looked at") {
  RowWriter writer;
  World world(writer);
  for (const char* fresh : {"", "short", "a\nb\nc\nd\ne", "\xff\xff\xff\xff\xff\xff\xff\xff"}) {
    for (const char* old : {"extmail", "wrong"}) {
      const Reply reply = world.change("alice@test.com", old, fresh);
      CHECK(reply.status == Status::Denied);
      CHECK_THAT(reply.reason, contains_text("the new password"));
    }
  }
  CHECK(world.change("alice@test.com", "the same one", "the same one").reason ==
        "the new password is the old one");
  CHECK(world.throttle.statistics().failures == 0);
  CHECK(world.database->queries().empty());
  CHECK(world.log.has("password_change_refused: user=alice@test.com service=extmail"));
}

TEST_CASE("Guesses by changes of password count as those by logins do") {
  RowWriter writer;
  World world(writer);
  CHECK(world.change("alice@test.com", "guess 1", kNew).status == Status::Mismatch);
  CHECK(world.change("nobody@test.com", "guess 2", kNew).status == Status::Unknown);
  CHECK(world.throttle.statistics().failures == 2);
  // In the words that fail2ban knows.
  CHECK(world.log.has("login_refused: user=alice@test.com service=extmail remote=192.0.2.1: wrong password"));
  CHECK(
      world.log.has("login_refused: user=nobody@test.com service=extmail remote=192.0.2.1: no such mailbox"));
  CHECK(world.change("alice@test.com", "guess 1", kNew).reason == "wrong password, the same as before");
}

TEST_CASE("Where passwords are not changed, that is said to whoever asks, right or wrong") {
  RowWriter writer;
  World switched_off(writer, std::nullopt);
  tests::World without_writer;
  for (auto* world : {static_cast<tests::World*>(&switched_off), &without_writer}) {
    CHECK_FALSE(world->authenticator->changes_passwords());
    for (const char* old : {"extmail", "wrong"}) {
      const Reply reply = world->change("alice@test.com", old, kNew);
      CHECK(reply.status == Status::Denied);
      CHECK_THAT(reply.reason, contains_text("passwords are not changed here"));
    }
    CHECK(world->reset("alice@test.com", kNew).status == Status::Denied);
    CHECK(world->throttle.statistics().failures == 0);
  }
  CHECK(writer.writes().empty());
}

TEST_CASE("A database that can't be read or written is neither a change nor a wrong password") {
  RowWriter writer;
  World world(writer);
  writer.fail_with(Outcome::TemporaryFailure);
  CHECK(world.change("alice@test.com", "extmail", kNew).status == Status::Temporary);
  CHECK(world.log.has(
      "password_change_failed: user=alice@test.com service=extmail remote=192.0.2.1: database: away"));
  writer.fail_with(Outcome::PermanentFailure);
  CHECK(world.change("alice@test.com", "extmail", kNew).status == Status::Permanent);
  CHECK(world.log.has("UPDATE command denied"));
  CHECK(world.verify("alice@test.com", "extmail").status == Status::Ok);
  CHECK_FALSE(world.log.has("password_changed"));
  world.database->fail_with(Outcome::TemporaryFailure);
  const std::size_t writes = writer.writes().size();
  CHECK(world.change("nobody@test.com", "extmail", kNew).status == Status::Temporary);
  CHECK(writer.writes().size() == writes);
}

TEST_CASE("A row that somebody else has changed meanwhile is theirs, and is read again") {
  RowWriter writer;
  World world(writer);
  REQUIRE(world.verify("alice@test.com", "extmail").status == Status::Ok);
  writer.expect(account("Alice@test.com", "{PLAIN}another"), "{PLAIN}another");
  world.database->put(account("Alice@test.com", "{PLAIN}another"));
  const Reply reply = world.change("alice@test.com", "extmail", kNew);
  // Unless the log of changes was faster, and the old password is wrong by now.
  CHECK((reply.status == Status::Temporary || reply.status == Status::Mismatch));
  CHECK(world.verify("alice@test.com", "another").status == Status::Ok);
  CHECK(world.verify("alice@test.com", kNew).status == Status::Mismatch);
}

TEST_CASE("Who may set passwords needs no old one, and is bound by the account's rules") {
  RowWriter writer;
  World world(writer);
  CHECK(world.reset("off@test.com", kNew).status == Status::Denied);
  CHECK(world.reset("nobody@test.com", kNew).status == Status::Unknown);
  CHECK(world.reset("alice@test.com", "short").status == Status::Denied);
  auto frozen = account("frozen@test.com", "{PLAIN}extmail");
  frozen.profile.disables_password_change = true;
  world.database->put(frozen);
  CHECK(world.reset("frozen@test.com", kNew).status == Status::Denied);
  CHECK(writer.writes().empty());
  CHECK(world.throttle.statistics().failures == 0);
  CHECK(world.reset("alice@test.com", kNew).status == Status::Ok);
  CHECK(world.log.has(
      "password_changed: user=alice@test.com service=smtp remote=192.0.2.1: without the old one"));
  CHECK(world.verify("alice@test.com", kNew).status == Status::Ok);
  CHECK(world.verify("alice@test.com", "extmail").status == Status::Mismatch);
}

TEST_CASE("It can end while changes wait") {
  RowWriter writer;
  World world(writer);
  for (int i = 0; i < 20; ++i) {
    world.authenticator->submit(
        world.change_request("alice@test.com", "extmail", kNew + std::to_string(i), "extmail"),
        [](const Reply&, const AccountRecord*) {});
  }
  world.authenticator.reset();
  CHECK(writer.writes().size() <= 20);
}
