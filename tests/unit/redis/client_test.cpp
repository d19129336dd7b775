// SPDX-License-Identifier: MIT
#include "redis/client.hpp"

#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/redis_server.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

using namespace extmail;
using namespace std::chrono_literals;
using redis::Client;
using redis::Reply;
using tests::eventually;

namespace {

const std::vector<redis::Command> kGreeting{{"PING"}, {"SET", "probe", "1"}};

struct Site {
  explicit Site(const tests::RedisServer& server, const std::string& password = "",
                std::chrono::milliseconds timeout = 2s, const std::string& user = "")
      : client(settings(server.path(), password, timeout, user), kGreeting,
               {[this](const std::string& reason) {
                  const std::lock_guard lock(mutex);
                  downs.push_back(reason);
                },
                [this] { ++ups; }}) {}

  static redis::Settings settings(const std::string& path, const std::string& password,
                                  std::chrono::milliseconds timeout, const std::string& user) {
    redis::Settings settings;
    settings.user = user;
    settings.server.socket = path;
    settings.password = Secret(password);
    settings.timeout = timeout;
    return settings;
  }

  std::future<Answer<Reply>> begin(redis::Command command) {
    auto promise = std::make_shared<std::promise<Answer<Reply>>>();
    auto future = promise->get_future();
    client.submit(std::move(command),
                  [promise](Answer<Reply> answer) { promise->set_value(std::move(answer)); });
    return future;
  }
  Answer<Reply> ask(redis::Command command) { return begin(std::move(command)).get(); }

  bool is_up() {
    return eventually([this] { return !client.is_away(); });
  }
  std::vector<std::string> reasons() {
    const std::lock_guard lock(mutex);
    return downs;
  }

  std::mutex mutex;
  std::vector<std::string> downs;
  std::atomic<int> ups{0};
  Client client;  // last: its thread uses the rest
};

}  // namespace

TEST_CASE("Redis answers each kind of reply, in order, whatever the bytes") {
  const tests::RedisServer server;
  Site site(server);
  REQUIRE(site.is_up());
  const std::string bytes("a\0\r\n$5", 6);
  CHECK(site.ask({"SET", "k", bytes}).value().text == "OK");
  CHECK(site.ask({"GET", "k"}).value().text == bytes);
  CHECK(site.ask({"GET", "none"}).value().kind == Reply::Kind::Nil);
  const auto list = site.ask({"EVAL", "return {1, 'two', {3}}", "0"}).value();
  REQUIRE(list.items.size() == 3);
  CHECK(list.items[0].integer == 1);
  CHECK(list.items[1].text == "two");
  CHECK(list.items[2].items.at(0).integer == 3);

  std::vector<std::future<Answer<Reply>>> answers;
  answers.reserve(1000);
  for (int i = 1; i <= 1000; ++i)
    answers.push_back(site.begin({"INCR", "n"}));
  for (int i = 1; i <= 1000; ++i)
    REQUIRE(answers[static_cast<std::size_t>(i - 1)].get().value().integer == i);
}

TEST_CASE("An error of one command is its answer, and the connection stays") {
  const tests::RedisServer server;
  Site site(server);
  REQUIRE(site.is_up());
  REQUIRE(site.ask({"SET", "k", "text"}).is_found());
  const auto answer = site.ask({"LPUSH", "k", "x"});
  REQUIRE(answer.is_found());
  CHECK(answer.value().is_error());
  CHECK(answer.value().text.rfind("WRONGTYPE", 0) == 0);
  CHECK(site.ask({"GET", "k"}).value().text == "text");
}

TEST_CASE("A server that dies fails what is asked, says so once, and is used again when it is back") {
  tests::RedisServer server;
  Site site(server);
  REQUIRE(site.is_up());
  const int ups_before = site.ups;
  const auto downs_before = site.reasons().size();
  server.kill();
  REQUIRE(eventually([&] { return site.client.is_away(); }));
  for (int i = 0; i < 10; ++i)
    CHECK(site.ask({"PING"}).outcome() == Outcome::TemporaryFailure);
  server.start();
  REQUIRE(site.is_up());
  CHECK(site.ask({"PING"}).value().text == "PONG");
  REQUIRE(eventually([&] { return site.ups == ups_before + 1; }));
  CHECK(site.reasons().size() == downs_before + 1);
}

TEST_CASE("A server that drops every connection after its first command is asked ever more rarely") {
  const tests::RedisServer server;
  Site site(server);
  REQUIRE(site.is_up());
  const auto drop = [&] {
    const int ups_before = site.ups;
    (void)site.ask({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no"});
    return eventually([&] { return site.ups > ups_before && !site.client.is_away(); });
  };
  REQUIRE(drop());
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 3; ++i)
    REQUIRE(drop());
  CHECK(std::chrono::steady_clock::now() - began >= Client::kFirstPause * (1 + 2 + 4));
}

TEST_CASE("A server that hangs fails all that waits for it, and is used again when it goes on") {
  const tests::RedisServer server;
  Site site(server, "", 200ms);
  REQUIRE(site.is_up());
  server.hang();
  std::vector<std::future<Answer<Reply>>> answers;
  answers.reserve(100);
  for (int i = 0; i < 100; ++i)
    answers.push_back(site.begin({"PING"}));
  for (auto& answer : answers)
    CHECK(answer.get().outcome() == Outcome::TemporaryFailure);
  CHECK(site.client.is_away());
  server.go_on();
  REQUIRE(site.is_up());
}

TEST_CASE("A server that can't serve is away, for the reason it names") {
  struct Case {
    std::vector<std::string> options;
    std::string password;
    std::string reason;
  };
  const std::vector<Case> cases{
      {{"--requirepass", "right"}, "wrong", "WRONGPASS"},
      {{"--requirepass", "right"}, "", "NOAUTH"},
      {{"--replicaof", "127.0.0.1 1"}, "", "READONLY"},
      {{"--maxmemory", "1"}, "", "OOM"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.reason);
    const tests::RedisServer server(c.options);
    Site site(server, c.password);
    // The first reasons may be that it does not listen yet, which is told as the one loss.
    std::string reason;
    REQUIRE(eventually([&] {
      reason = site.ask({"PING"}).reason();
      return reason.find(c.reason) != std::string::npos;
    }));
    CHECK(reason.find("right") == std::string::npos);
    CHECK(site.client.is_away());
    // Who asks at that moment is refused before the loss is told.
    CHECK(eventually([&] { return !site.reasons().empty(); }));
    CHECK(site.reasons().size() == 1);
    CHECK(site.ups == 0);
  }
}

TEST_CASE("The right password opens") {
  const tests::RedisServer server({"--requirepass", "right"});
  Site site(server, "right");
  REQUIRE(site.is_up());
  CHECK(site.ask({"PING"}).is_found());
}

TEST_CASE("A user of its own opens with its own password, and does what it may") {
  const tests::RedisServer server({"--user", "policyd", "on", ">right", "~probe", "+@all"});
  Site wrong(server, "wrong", 2s, "policyd");
  Site site(server, "right", 2s, "policyd");
  REQUIRE(site.is_up());
  CHECK(site.ask({"GET", "probe"}).value().text == "1");
  CHECK(site.ask({"GET", "other"}).value().text.rfind("NOPERM", 0) == 0);
  CHECK(eventually([&] { return wrong.ask({"PING"}).reason().find("WRONGPASS") != std::string::npos; }));
}

TEST_CASE("No more commands wait for a server than the limit says, and the end answers them all") {
  const tests::RedisServer server;
  std::vector<std::future<Answer<Reply>>> answers;
  {
    Site site(server, "", 60s);
    REQUIRE(site.is_up());
    server.hang();
    answers.reserve(Client::kMaxCommands);
    for (std::size_t i = 0; i < Client::kMaxCommands; ++i)
      answers.push_back(site.begin({"PING"}));
    CHECK(site.ask({"PING"}).reason() == "too many commands wait for Redis");
    CHECK(site.ask({"SET", "k", std::string(Client::kMaxBytes, 'x')}).outcome() == Outcome::TemporaryFailure);
  }
  for (auto& answer : answers)
    REQUIRE(answer.get().outcome() == Outcome::TemporaryFailure);
}
