// SPDX-License-Identifier: MIT
#include "authd/authenticator.hpp"

#include "support/catch.hpp"
#include "unit/authd/login_world.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
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

namespace {

/// Names `user0000@test.com` and on, of which only some may receive mail.
class NumberedPages final : public MailboxPages {
 public:
  NumberedPages(std::size_t count, std::function<bool(std::size_t)> is_active, std::size_t padding = 0)
      : count_(count), is_active_(std::move(is_active)), padding_(padding) {}

  [[nodiscard]] static std::string name(std::size_t number) {
    const std::string digits = std::to_string(number);
    return "user" + std::string(4 - digits.size(), '0') + digits + "@test.com";
  }

  [[nodiscard]] Answer<std::vector<MailboxRecord>> read_after(std::string_view username,
                                                              Deadline) const override {
    std::vector<MailboxRecord> page;
    for (std::size_t i = 0; i < count_ && page.size() < kPageRows; ++i) {
      const std::string padded = name(i) + std::string(padding_, 'm');
      if (padded <= username) continue;
      MailboxRecord mailbox;
      mailbox.username = padded;
      mailbox.active = is_active_(i);
      mailbox.domain = DomainRecord{"test.com", true, "", {}, ""};
      page.push_back(std::move(mailbox));
    }
    return Answer<std::vector<MailboxRecord>>::found(std::move(page));
  }

 private:
  std::size_t count_;
  std::function<bool(std::size_t)> is_active_;
  std::size_t padding_;
};

}  // namespace

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
  const auto remembered = [&] {
    const std::string page = world.metrics_page();
    const std::string name = "\nextmail_authd_remembered_logins_total ";
    return std::stoul(page.substr(page.find(name) + name.size()));
  };
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

TEST_CASE("Credentials are what a challenge can be answered with, and still hold") {
  World world;
  world.database->put(account("both@test.com", kGuideHash, "extmail"));
  world.database->put(account("older@test.com", kGuideHash, "the password from before"));
  const std::string scram =
      "{SCRAM-SHA-256}4096,c2FsdHNhbHRzYWx0c2FsdA==,"
      "hu2blQM2Ms7NpWvNPiNuIeZ6NQlGL8EJhMDOBrMVlzM=,"
      "0mTOaQ4LjMzgeGTMBYhKPUhTKOTsEtLdhIhBPyVDNkg=";
  world.database->put(account("scram@test.com", scram));
  const auto clear_of = [&](const std::string& user) {
    const Reply reply = world.credentials(user, "CRAM-MD5");
    CHECK(reply.status == Status::Ok);
    REQUIRE(reply.user);
    return reply.clear_password ? std::string(reply.clear_password->view()) : std::string("none");
  };
  CHECK(clear_of("plain@test.com") == "extmail");
  CHECK(clear_of("alice@test.com") == "none");
  CHECK(clear_of("both@test.com") == "extmail");
  CHECK(clear_of("older@test.com") == "none");
  CHECK(clear_of("scram@test.com") == "none");
  CHECK(world.credentials("off@test.com", "CRAM-MD5").status == Status::Denied);
  CHECK(world.credentials("nobody@test.com", "CRAM-MD5").status == Status::Unknown);

  const Reply stored = world.credentials("scram@test.com", "SCRAM-SHA-256");
  REQUIRE(stored.stored_password);
  CHECK(stored.stored_password->view() == scram);
  // A hash that proves nothing to anybody else stays here.
  CHECK_FALSE(world.credentials("alice@test.com", "CRAM-MD5").stored_password);
  // Who only wants the user data gets no password.
  CHECK_FALSE(world.credentials("plain@test.com", "").clear_password);
  CHECK(world.credentials("plain@test.com", "").user);
}

TEST_CASE("Credentials wait for a hash only once, and not at all where none has to be computed") {
  World world;
  world.database->put(account("both@test.com", kGuideHash, "extmail"));
  world.database->put(account("quick@test.com", "{PLAIN}extmail", "extmail"));
  const auto hashes = [&] {
    const std::string page = world.metrics_page();
    const std::string series = "\nextmail_authd_hash_duration_seconds_count ";
    const auto place = page.find(series);
    REQUIRE(place != std::string::npos);
    return std::stoi(page.substr(place + series.size()));
  };
  const auto ask_thrice = [&](const std::string& user) {
    for (int i = 0; i < 3; ++i)
      CHECK(world.credentials(user, "CRAM-MD5").status == Status::Ok);
  };
  ask_thrice("plain@test.com");
  ask_thrice("quick@test.com");
  ask_thrice("alice@test.com");
  CHECK(hashes() == 0);
  ask_thrice("both@test.com");
  // A hash is counted when its answer is out.
  const auto end = Time::clock::now() + 10s;
  while (hashes() == 0)
    REQUIRE(Time::clock::now() < end);
  ask_thrice("both@test.com");
  CHECK(hashes() == 1);
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

TEST_CASE("Who guesses is slowed down, and only they") {
  World world;
  Reply reply;
  for (int i = 0; i < 1000 && reply.reason.find("too many failed logins") == std::string::npos; ++i) {
    Request request;
    request.verb = Verb::Verify;
    request.user = "plain@test.com";
    request.password = Secret("guess" + std::to_string(i));
    request.remote = "198.51.100.7";
    // All at once, as a guesser would: those that are let in one after the other wait, the rest is refused.
    auto promise = std::make_shared<std::promise<std::string>>();
    auto future = promise->get_future();
    world.authenticator->submit(std::move(request), [promise](const Reply& given, const AccountRecord*) {
      promise->set_value(given.reason);
    });
    if (future.wait_for(0s) == std::future_status::ready) reply.reason = future.get();
  }
  CHECK(reply.reason == "too many failed logins from this network; try again later");
  CHECK(world.log.has("login_throttled: user=plain@test.com"));
  CHECK(world.verify("plain@test.com", "extmail").status == Status::Ok);
  CHECK_THAT(world.metrics_page(), contains_text(R"(result="throttled"})"));
}

TEST_CASE("Of many logins at once each is judged by itself") {
  World world;
  constexpr int kLogins = 60;
  std::vector<std::future<Status>> answers;
  std::vector<Status> expected;
  for (int i = 0; i < kLogins; ++i) {
    Request request;
    request.verb = Verb::Verify;
    request.user = i % 3 == 2 ? "nobody@test.com" : i % 5 == 4 ? "apps@test.com" : "alice@test.com";
    request.password = Secret(i % 4 == 3 ? "wrong" : "extmail");
    request.service = "imap";
    const bool is_right = request.password.view() == "extmail";
    expected.push_back(i % 3 == 2 ? Status::Unknown : is_right ? Status::Ok : Status::Mismatch);
    auto promise = std::make_shared<std::promise<Status>>();
    answers.push_back(promise->get_future());
    world.authenticator->submit(std::move(request), [promise](const Reply& reply, const AccountRecord*) {
      promise->set_value(reply.status);
    });
  }
  for (std::size_t i = 0; i < answers.size(); ++i) {
    INFO(i);
    REQUIRE(answers[i].wait_for(20s) == std::future_status::ready);
    CHECK(answers[i].get() == expected[i]);
  }
}

TEST_CASE("A flood from an unknown address keeps nobody else out") {
  World world;
  CHECK(world.verify("alice@test.com", "extmail").status == Status::Ok);
  constexpr int kFlood = 6000;  // more than may wait at all
  std::atomic<int> turned_away{0};
  for (int i = 0; i < kFlood; ++i) {
    Request guess;
    guess.verb = Verb::Verify;
    guess.user = "alice@test.com";
    guess.password = Secret("guess " + std::to_string(i));
    world.authenticator->submit(std::move(guess), [&](const Reply& reply, const AccountRecord*) {
      if (reply.status == Status::Temporary) ++turned_away;
    });
  }
  CHECK(turned_away > 0);
  // A wrong password is not remembered, so that this needs a hash too.
  CHECK(world.verify("alice@test.com", "mistyped").status == Status::Mismatch);
  world.authenticator.reset();
}

TEST_CASE("Names that are as long as they can be fit into messages") {
  class LongPages final : public MailboxPages {
   public:
    [[nodiscard]] static std::string name(std::size_t number) {
      return std::to_string(100000 + number) + std::string(1000, 'x') + "@test.com";
    }
    [[nodiscard]] Answer<std::vector<MailboxRecord>> read_after(std::string_view username,
                                                                Deadline) const override {
      std::vector<MailboxRecord> page;
      for (std::size_t i = 0; i < 200; ++i) {
        if (name(i) <= username) continue;
        MailboxRecord mailbox;
        mailbox.username = name(i);
        mailbox.active = true;
        mailbox.domain = DomainRecord{"test.com", true, "", {}, ""};
        page.push_back(std::move(mailbox));
      }
      return Answer<std::vector<MailboxRecord>>::found(std::move(page));
    }
  };
  World world(std::make_shared<LongPages>());
  std::vector<std::string> names;
  Reply reply;
  do {
    reply = world.list(names.empty() ? std::string() : names.back());
    REQUIRE(reply.status == Status::Ok);
    CHECK(wire::auth::encode(reply).view().size() < wire::auth::kMaxMessageBytes);
    names.insert(names.end(), reply.names.begin(), reply.names.end());
  } while (reply.has_more);
  REQUIRE(names.size() == 200);
  CHECK(names.back() == LongPages::name(199));
}

TEST_CASE("Mailboxes that may receive are listed page by page") {
  // A whole page of inactive ones in the middle, and an active one behind it.
  World world(std::make_shared<NumberedPages>(1600, [](std::size_t i) { return i < 300 || i % 500 == 499; }));
  std::vector<std::string> names;
  Reply reply;
  do {
    reply = world.list(names.empty() ? std::string() : names.back());
    REQUIRE(reply.status == Status::Ok);
    names.insert(names.end(), reply.names.begin(), reply.names.end());
  } while (reply.has_more);
  REQUIRE(names.size() == 303);
  CHECK(names.front() == NumberedPages::name(0));
  CHECK(names.back() == NumberedPages::name(1499));
}

TEST_CASE("Mailboxes are read page by page, for who wants more than names") {
  World world(std::make_shared<NumberedPages>(1600, [](std::size_t i) { return i < 300 || i % 500 == 499; }));
  std::vector<std::string> names;
  std::string after;
  std::size_t pages = 0;
  bool has_more = true;
  while (has_more) {
    const auto page = world.mailboxes(after);
    REQUIRE(page.is_found());
    for (const auto& mailbox : page.value().mailboxes)
      names.push_back(mailbox.username);
    has_more = page.value().has_more;
    after = page.value().last;
    ++pages;
  }
  CHECK(pages == 4);  // 500 each, one of which has a single mailbox that may receive
  REQUIRE(names.size() == 303);
  CHECK(names.back() == NumberedPages::name(1499));

  const auto failure = World().mailboxes({});
  CHECK(failure.outcome() == Outcome::TemporaryFailure);
  CHECK(failure.reason() == "the database is away");
}

TEST_CASE("A page of long names fits a message") {
  World world(std::make_shared<NumberedPages>(
      700, [](std::size_t) { return true; }, 239));
  std::vector<std::string> names;
  Reply reply;
  do {
    reply = world.list(names.empty() ? std::string() : names.back());
    REQUIRE(reply.status == Status::Ok);
    REQUIRE(wire::auth::split_message(wire::auth::encode(reply).view()).state == Frame::State::Complete);
    names.insert(names.end(), reply.names.begin(), reply.names.end());
  } while (reply.has_more);
  CHECK(names.size() == 700);
}
