// SPDX-License-Identifier: MIT
#include "policyd/state/redis_state.hpp"

#include "state_contract.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/recording_log.hpp"
#include "support/redis_server.hpp"
#include "unit/policyd/containment/containment_scenarios.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace extmail;
using namespace extmail::policyd;
using namespace std::chrono_literals;
using tests::eventually;

namespace {

constexpr std::chrono::sys_seconds kStart{std::chrono::sys_days(std::chrono::days(20'000))};
constexpr std::chrono::hours kDay{24};

redis::Settings settings_of(const tests::RedisServer& server) {
  redis::Settings settings;
  settings.server.socket = server.path();
  settings.timeout = 5s;
  return settings;
}

/// Another part of the server for each.
std::string next_prefix() {
  static std::atomic<int> number{0};
  return "test" + std::to_string(++number) + ":";
}

/// A state whose Redis goes by the test's time, the clock of the server's host itself where has_own_time is false.
class RedisFixture final : public tests::StateFixture {
 public:
  explicit RedisFixture(const tests::RedisServer& server, const std::string& prefix = next_prefix(),
                        bool has_own_time = true)
      : state_(settings_of(server), prefix, log, clocks(has_own_time)) {
    REQUIRE(is_up());
  }

  State& state() override { return state_; }
  void advance(std::chrono::seconds by) override { passed_ += by; }
  std::chrono::sys_seconds wall_time() const override { return kStart + passed_; }

  bool is_up() {
    return eventually([this] { return !state_.statistics().is_away; });
  }
  Answer<Taken> ask(std::string key, std::uint64_t amount) {
    std::promise<Answer<Taken>> promise;
    auto future = promise.get_future();
    state_.take({{std::move(key), {5, 1h}, amount, true}},
                [&](Answer<Taken> answer) { promise.set_value(std::move(answer)); });
    return future.get();
  }
  Taken take(std::string key, std::uint64_t amount) { return ask(std::move(key), amount).value(); }
  std::size_t count_distinct(const std::string& key, const std::string& member) {
    std::promise<Answer<std::size_t>> promise;
    auto future = promise.get_future();
    state_.count_distinct(key, member, 1h, 10,
                          [&](Answer<std::size_t> answer) { promise.set_value(std::move(answer)); });
    return future.get().value();
  }
  GreylistAnswer greylist(const std::string& triplet) {
    std::promise<Answer<GreylistAnswer>> promise;
    auto future = promise.get_future();
    const GreylistQuestion question{.triplet = triplet,
                                    .client = "client",
                                    .sender_domain = "domain",
                                    .correspondent = "",
                                    .delay = 300s,
                                    .window = 48h,
                                    .lifetime = 720h,
                                    .client_passes = 5,
                                    .domain_passes = 5};
    state_.greylist(question, [&](Answer<GreylistAnswer> answer) { promise.set_value(std::move(answer)); });
    return future.get().value();
  }

  tests::RecordingLog log;

 private:
  RedisState::Clocks clocks(bool has_own_time) {
    RedisState::Clocks clocks;
    if (!has_own_time) return clocks;
    clocks.wall = [this] { return wall_time(); };
    clocks.redis = [this] { return std::chrono::milliseconds(wall_time().time_since_epoch()); };
    return clocks;
  }

  std::chrono::seconds passed_{0};
  RedisState state_;
};

/// Speaks to the server beside the state.
class Admin {
 public:
  explicit Admin(const tests::RedisServer& server) : client_(settings_of(server), {{"PING"}}, {}) {
    REQUIRE(eventually([this] { return !client_.is_away(); }));
  }
  redis::Reply operator()(redis::Command command) {
    std::promise<Answer<redis::Reply>> promise;
    auto future = promise.get_future();
    client_.submit(std::move(command),
                   [&](Answer<redis::Reply> answer) { promise.set_value(std::move(answer)); });
    return future.get().value();
  }

 private:
  redis::Client client_;
};

}  // namespace

TEST_CASE("The state in Redis keeps what every state promises") {
  const tests::RedisServer server;
  tests::check_state_contract([&] { return std::make_unique<RedisFixture>(server); });
}

TEST_CASE("Logins are contained on the state in Redis") {
  const tests::RedisServer server;
  tests::check_containment([&] { return std::make_unique<RedisFixture>(server); });
}

TEST_CASE("A thousand histories of counting in Redis are as a list of events says") {
  const tests::RedisServer server;
  RedisFixture fixture(server);
  tests::check_counting(fixture, 20'261'127, 1000);
}

TEST_CASE("Two who share a prefix share a limit exactly; another prefix is another state") {
  const tests::RedisServer server;
  const std::string prefix = next_prefix();
  RedisFixture one(server, prefix);
  RedisFixture two(server, prefix);
  RedisFixture other(server);
  constexpr int kTries = 300;
  std::atomic<int> taken{0};
  std::atomic<int> answers{0};
  std::promise<void> all;
  std::vector<std::thread> threads;
  for (auto* fixture : {&one, &two}) {
    threads.emplace_back([&, fixture] {
      for (int i = 0; i < kTries; ++i) {
        fixture->state().take({{"k", {250, 1h}, 1, true}}, [&](const Answer<Taken>& answer) {
          if (answer.is_found() && !answer.value().refused_by) ++taken;
          if (++answers == 2 * kTries) all.set_value();
        });
      }
    });
  }
  for (auto& thread : threads)
    thread.join();
  REQUIRE(all.get_future().wait_for(60s) == std::future_status::ready);
  CHECK(taken == 250);
  CHECK(other.take("k", 1).standings.at(0).used == 1);
}

TEST_CASE("Scripts that Redis was made to forget are told it again, and what is kept stays") {
  const tests::RedisServer server;
  RedisFixture fixture(server);
  Admin admin(server);
  CHECK_FALSE(fixture.take("k", 3).refused_by);
  CHECK(admin({"SCRIPT", "FLUSH"}).text == "OK");
  CHECK(fixture.take("k", 2).standings.at(0).used == 5);
  CHECK(fixture.take("k", 1).refused_by == 0U);
  CHECK_FALSE(fixture.log.has("state_refused"));
}

TEST_CASE("Every key has the prefix and an end") {
  const tests::RedisServer server;
  const std::string prefix = next_prefix();
  RedisFixture fixture(server, prefix);
  State& state = fixture.state();
  const auto slot = fixture.take("k", 3).standings.at(0).slot;
  state.give_back({{"k", 1h, slot, 1}});
  CHECK(fixture.greylist("waits").by == GreylistAnswer::By::Waiting);
  CHECK(fixture.greylist("passes").by == GreylistAnswer::By::Waiting);
  fixture.advance(301s);
  CHECK(fixture.greylist("passes").by == GreylistAnswer::By::Triplet);
  state.note_correspondent("r", 1h);
  CHECK(fixture.count_distinct("set", "member") == 1);
  state.set_mark({"mark", "", fixture.wall_time() + 1h});
  CHECK(fixture.take("k", 0).standings.at(0).used == 2);  // by now all that came before is done

  Admin admin(server);
  const auto keys = admin({"KEYS", "*"}).items;
  CHECK(keys.size() ==
        11);  // counter, two triplets, client, domain, correspondent, set, mark, its two lists, greeting
  for (const auto& key : keys) {
    INFO(key.text);
    CHECK(key.text.starts_with(prefix));
    const auto left = admin({"PTTL", key.text}).integer;
    CHECK(left > 0);
    CHECK(left <= std::chrono::milliseconds(721h).count());
  }
}

TEST_CASE("Marks that are over leave the lists of marks") {
  const tests::RedisServer server;
  const std::string prefix = next_prefix();
  RedisFixture fixture(server, prefix);
  for (int i = 0; i < 10; ++i)
    fixture.state().set_mark({"over " + std::to_string(i), "", fixture.wall_time() + 10s});
  fixture.advance(11s);
  fixture.state().set_mark({"new", "", fixture.wall_time() + 10s});
  CHECK(fixture.take("k", 1).standings.at(0).used == 1);
  Admin admin(server);
  CHECK(admin({"ZCARD", prefix + "names"}).integer == 1);
  CHECK(admin({"ZCARD", prefix + "ends"}).integer == 1);
}

TEST_CASE("A clock of Redis that goes back frees nothing early, and freezes nothing") {
  const tests::RedisServer server;
  RedisFixture fixture(server);
  CHECK_FALSE(fixture.take("k", 5).refused_by);
  CHECK(fixture.count_distinct("set", "a") == 1);
  CHECK(fixture.greylist("t").by == GreylistAnswer::By::Waiting);
  fixture.advance(-kDay);
  const auto refused = fixture.take("k", 1);
  CHECK(refused.refused_by == 0U);
  CHECK(refused.standings.at(0).used == 5);
  CHECK(refused.standings.at(0).room_in <= 1h + 60s);
  CHECK(fixture.count_distinct("set", "b") == 2);
  CHECK(fixture.greylist("t").wait == 300s);
  fixture.advance(1h + 61s);
  CHECK_FALSE(fixture.take("k", 5).refused_by);
  CHECK(fixture.count_distinct("set", "c") == 1);
  CHECK(fixture.greylist("t").by == GreylistAnswer::By::Triplet);
}

TEST_CASE("Times are those of Redis unless a test has its own") {
  const tests::RedisServer server;
  const std::string prefix = next_prefix();
  RedisFixture fixture(server, prefix, false);
  CHECK_FALSE(fixture.take("k", 5).refused_by);
  const auto refused = fixture.take("k", 1);
  CHECK(refused.refused_by == 0U);
  CHECK(refused.standings.at(0).room_in > 59min);
  CHECK(refused.standings.at(0).room_in <= 61min);
  Admin admin(server);
  const auto now = std::stoll(admin({"TIME"}).items.at(0).text);
  CHECK(refused.standings.at(0).slot >= now / 60 - 60);
  CHECK(refused.standings.at(0).slot <= now / 60);
  CHECK(fixture.greylist("t").wait == 300s);
}

TEST_CASE(
    "A Redis that dies fails what is asked at once, which is said once, and is used again when it is back") {
  tests::RedisServer server;
  RedisFixture fixture(server);
  CHECK_FALSE(fixture.take("k", 1).refused_by);
  const auto said_before = fixture.log.count("state_away");  // it may not have listened yet at first
  server.kill();
  REQUIRE(eventually([&] { return fixture.state().statistics().is_away; }));
  const auto began = fixture.state().statistics().failures;
  for (int i = 0; i < 100; ++i)
    CHECK(fixture.ask("k", 1).outcome() == Outcome::TemporaryFailure);
  fixture.state().give_back({{"k", 1h, 1, 1}});
  CHECK(fixture.state().statistics().failures == began + 101);
  CHECK(fixture.log.count("state_away") == said_before + 1);
  server.start();
  REQUIRE(fixture.is_up());
  CHECK(fixture.take("k", 1).standings.at(0).used == 1);  // this server keeps nothing on disk
  CHECK(eventually([&] { return fixture.log.count("state_back") == said_before + 1; }));
}

TEST_CASE("What is not of ours under a key is a failure of that question, said once a minute") {
  const tests::RedisServer server;
  const std::string prefix = next_prefix();
  RedisFixture fixture(server, prefix);
  Admin admin(server);
  REQUIRE(admin({"LPUSH", prefix + "c3600:k", "x"}).integer == 1);
  for (int i = 0; i < 3; ++i) {
    const auto answer = fixture.ask("k", 1);
    CHECK(answer.outcome() == Outcome::TemporaryFailure);
    CHECK_THAT(answer.reason(), tests::contains_text("WRONGTYPE"));
  }
  CHECK_FALSE(fixture.take("other", 1).refused_by);
  CHECK(fixture.log.count("state_refused") == 1);
}

TEST_CASE("A user that may do what the manual says is enough, and one that may not write is away") {
  const tests::RedisServer server({"--user", "enough", "on", ">right", "~extmail:policyd:*", "+@read",
                                   "+@write", "+@scripting", "+ping", "+select", "+time", "--user", "reader",
                                   "on", ">right", "~*", "+@read", "+@scripting"});
  const auto state_of = [&](const char* user, tests::RecordingLog& log) {
    auto settings = settings_of(server);
    settings.user = user;
    settings.password = Secret("right");
    settings.database = 3;
    return std::make_unique<RedisState>(std::move(settings), "extmail:policyd:", log);
  };
  const auto taken_by = [](State& state) {
    std::promise<Outcome> promise;
    auto future = promise.get_future();
    state.take({{"k", {5, 1h}, 1, true}},
               [&](const Answer<Taken>& answer) { promise.set_value(answer.outcome()); });
    return future.get();
  };
  tests::RecordingLog log;
  const auto enough = state_of("enough", log);
  REQUIRE(eventually([&] { return !enough->statistics().is_away; }));
  CHECK(taken_by(*enough) == Outcome::Found);
  std::promise<bool> removed;
  enough->set_mark(
      {"m", "why", std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) + 1h});
  enough->remove_mark("m", [&](const Answer<bool>& answer) { removed.set_value(answer.value()); });
  CHECK(removed.get_future().get());

  tests::RecordingLog reader_log;
  const auto reader = state_of("reader", reader_log);
  CHECK(taken_by(*reader) == Outcome::TemporaryFailure);
  CHECK(reader->statistics().is_away);
  CHECK(eventually([&] { return reader_log.has("NOPERM"); }));
}

TEST_CASE("The end of the state answers what is under way") {
  const tests::RedisServer server;
  std::vector<std::future<Answer<Taken>>> answers;
  {
    RedisFixture fixture(server);
    server.hang();
    for (int i = 0; i < 10; ++i) {
      auto promise = std::make_shared<std::promise<Answer<Taken>>>();
      answers.push_back(promise->get_future());
      fixture.state().take({{"k", {5, 1h}, 1, true}},
                           [promise](Answer<Taken> answer) { promise->set_value(std::move(answer)); });
    }
  }
  for (auto& answer : answers)
    CHECK(answer.get().outcome() == Outcome::TemporaryFailure);
}

TEST_CASE("A key that is too long is the caller's fault") {
  const tests::RedisServer server;
  RedisFixture fixture(server);
  const std::string longer(State::kMaxKeyBytes + 1, 'k');
  CHECK_THROWS_AS(fixture.ask(longer, 1), std::length_error);
  CHECK_THROWS_AS(fixture.state().set_mark({longer, "", kStart}), std::length_error);
}
