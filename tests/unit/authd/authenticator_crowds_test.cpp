// SPDX-License-Identifier: MIT
#include "authd/authenticator.hpp"
#include "support/catch.hpp"
#include "unit/authd/login_world.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace extmail;
using tests::contains_text;
using tests::World;
using wire::auth::Reply;
using wire::auth::Request;
using wire::auth::Status;
using wire::auth::Verb;
using namespace std::chrono_literals;

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
