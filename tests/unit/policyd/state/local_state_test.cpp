// SPDX-License-Identifier: MIT
#include "policyd/state/local_state.hpp"

#include "state_contract.hpp"
#include "support/catch.hpp"
#include "support/fake_directory.hpp"
#include "support/sanitized.hpp"
#include "unit/policyd/containment/containment_scenarios.hpp"

#include <memory>
#include <stdexcept>
#include <string>

using namespace extmail;
using namespace extmail::policyd;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kMebibyte = std::size_t{1} << 20U;
constexpr std::chrono::sys_seconds kStart{std::chrono::sys_days(std::chrono::days(20'000))};

class LocalFixture final : public tests::StateFixture {
 public:
  explicit LocalFixture(std::size_t max_bytes = 64 * kMebibyte, std::chrono::sys_seconds start = kStart)
      : start_(start), local_(max_bytes, true, clock_, [this] { return wall_time(); }) {}

  State& state() override { return local_; }
  LocalState& local() { return local_; }
  void advance(std::chrono::seconds by) override { clock_.advance(by); }
  std::chrono::sys_seconds wall_time() const override {
    return start_ + stepped_ + std::chrono::floor<std::chrono::seconds>(clock_.now().time_since_epoch());
  }
  void step_wall(std::chrono::seconds by) { stepped_ += by; }

  Taken take(const std::string& key, std::uint64_t amount, std::chrono::seconds period = 1h) {
    Taken taken;
    local_.take({{key, {5, period}, amount, true}},
                [&](Answer<Taken> answer) { taken = std::move(answer).value(); });
    return taken;
  }
  bool has_mark(const std::string& key) {
    bool has = false;
    local_.find_mark(key, [&](const auto& answer) { has = answer.value().has_value(); });
    return has;
  }

 private:
  tests::FakeClock clock_;
  const std::chrono::sys_seconds start_;
  std::chrono::seconds stepped_{0};
  LocalState local_;
};

/// As a restart does that comes at a time of day.
void carry_over(LocalFixture& from, LocalFixture& to) {
  from.local().change_all();
  const auto saved_at = from.local().now();
  for (auto& change : from.local().take_changes(1000))
    to.local().restore(std::move(change), saved_at);
}

}  // namespace

TEST_CASE("The state in memory keeps what every state promises") {
  tests::check_state_contract([] { return std::make_unique<LocalFixture>(); });
}

TEST_CASE("Logins are contained on the state in memory") {
  tests::check_containment([] { return std::make_unique<LocalFixture>(); });
}

TEST_CASE("Histories of counting, a hundred thousand of them, are as a list of events says") {
  LocalFixture fixture;
  tests::check_counting(fixture, 20'261'126, tests::kIsSanitized ? 10'000 : 100'000);
}

TEST_CASE("Memory stays within its bound, what was used longest ago goes first, and that is counted") {
  LocalFixture fixture(kMebibyte);
  fixture.take("old", 5);
  fixture.take("kept", 5);
  for (int i = 0; i < 20'000; ++i) {
    fixture.take("key " + std::to_string(i), 1);
    CHECK(fixture.take("kept", 1).refused_by.has_value());
    if (fixture.local().statistics().bytes > kMebibyte) FAIL(fixture.local().statistics().bytes);
  }
  CHECK_FALSE(fixture.take("old", 5).refused_by);
  const auto statistics = fixture.local().statistics();
  CHECK(statistics.entries > 1000);
  CHECK(statistics.evicted == 20'003 - statistics.entries);
}

TEST_CASE("What is over goes by itself") {
  LocalFixture fixture;
  for (int i = 0; i < 1000; ++i)
    fixture.take("key " + std::to_string(i), 1, 60s);
  fixture.advance(62s);
  for (int i = 0; i < 100; ++i)
    fixture.take("another", 0);
  CHECK(fixture.local().statistics().entries == 0);
  CHECK(fixture.local().statistics().evicted == 0);
}

TEST_CASE("A system clock that is stepped changes no counter and no mark") {
  for (const auto step : {-8760h, 8760h}) {
    LocalFixture fixture;
    fixture.take("k", 5);
    fixture.local().set_mark({"before", "", fixture.wall_time() + 1h});
    fixture.step_wall(step);
    fixture.local().set_mark({"after", "", fixture.wall_time() + 1h});
    fixture.advance(3599s);
    CHECK(fixture.take("k", 1).refused_by.has_value());
    CHECK(fixture.has_mark("before"));
    CHECK(fixture.has_mark("after"));
    fixture.advance(62s);
    CHECK_FALSE(fixture.take("k", 1).refused_by);
    CHECK_FALSE(fixture.has_mark("before"));
    CHECK_FALSE(fixture.has_mark("after"));
  }
}

TEST_CASE(
    "After a restart things end as they would have; with a clock that went back, as if no time had passed") {
  struct Line {
    const char* story;
    std::chrono::seconds later;
    std::chrono::seconds left_at_least;
    std::chrono::seconds left_at_most;
  };
  for (const auto& line : {Line{"at once", 0s, 1800s, 1860s}, Line{"later", 600s, 1200s, 1260s},
                           Line{"a second back", -1s, 1800s, 1920s},
                           Line{"a year back", -8760h, 1800s, 1920s}, Line{"much later", 24h, 0s, 0s}}) {
    INFO(line.story);
    LocalFixture before;
    before.take("k", 5);
    before.local().set_mark({"m", "", before.wall_time() + 1h});
    before.advance(1800s);
    LocalFixture after(64 * kMebibyte, before.wall_time() + line.later);
    carry_over(before, after);
    const auto taken = after.take("k", 1);
    CHECK(taken.standings.at(0).room_in >= line.left_at_least);
    CHECK(taken.standings.at(0).room_in <= line.left_at_most);
    CHECK(after.has_mark("m") == (line.left_at_most > 0s));
    after.advance(line.left_at_most);
    CHECK_FALSE(after.take("k", 1).refused_by);
    CHECK_FALSE(after.has_mark("m"));
  }
}

TEST_CASE("Changes are taken once, as the last state of each key, removals too") {
  LocalFixture fixture;
  fixture.take("k", 1);
  fixture.take("k", 1);
  fixture.local().set_mark({"m", "", fixture.wall_time() + 1h});
  CHECK(fixture.local().statistics().unsaved == 2);
  CHECK(fixture.local().take_changes(1).size() == 1);
  CHECK(fixture.local().take_changes(10).size() == 1);
  CHECK(fixture.local().take_changes(10).empty());
  fixture.local().remove_mark("m", [](const auto&) {});
  const auto removals = fixture.local().take_changes(10);
  REQUIRE(removals.size() == 1);
  CHECK_FALSE(removals.front().value);
  CHECK(fixture.local().statistics().unsaved == 0);
}

TEST_CASE("Bytes that no entry makes are none, wherever a torn one ends") {
  const LocalValue values[] = {SlidingCounter(60s), Triplet{1s, 2s},           Passes{3, 4s},
                               Correspondent{},     Members{60s, {{"a", 1s}}}, MarkValue{"why", kStart}};
  for (const auto& value : values) {
    const auto bytes = encode(value);
    const auto again = decode(bytes);
    REQUIRE(again);
    CHECK(encode(*again) == bytes);
    for (std::size_t size = 0; size < bytes.size(); ++size)
      CHECK_FALSE(decode(bytes.substr(0, size)));
    CHECK_FALSE(decode(bytes + '\0'));
  }
  CHECK_FALSE(decode(std::string(64, '\xff')));
}

TEST_CASE("A key that is too long is refused") {
  LocalFixture fixture;
  CHECK_THROWS_AS(fixture.take(std::string(State::kMaxKeyBytes + 1, 'k'), 1), std::length_error);
}
