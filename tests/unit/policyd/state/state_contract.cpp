// SPDX-License-Identifier: MIT
#include "state_contract.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <atomic>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace extmail::tests {
namespace {

using namespace policyd;
using namespace std::chrono_literals;
using std::chrono::seconds;
using By = GreylistAnswer::By;

/// What an operation answers, whether at once or later.
template <typename T, typename Ask>
T answer_of(Ask ask) {
  auto promise = std::make_shared<std::promise<Answer<T>>>();
  auto future = promise->get_future();
  ask([promise](Answer<T> answer) { promise->set_value(std::move(answer)); });
  REQUIRE(future.wait_for(10s) == std::future_status::ready);
  auto answer = future.get();
  INFO(answer.reason());
  REQUIRE(answer.is_found());
  return std::move(answer).value();
}

Taken take(StateFixture& fixture, std::vector<Charge> charges) {
  return answer_of<Taken>([&](auto done) { fixture.state().take(std::move(charges), done); });
}
Charge charge(std::string key, std::uint64_t limit, seconds period, std::uint64_t amount) {
  return {std::move(key), {limit, period}, amount, true};
}
GreylistAnswer greylist(StateFixture& fixture, const GreylistQuestion& question) {
  return answer_of<GreylistAnswer>([&](auto done) { fixture.state().greylist(question, done); });
}
std::size_t distinct(StateFixture& fixture, const std::string& member, std::size_t at_most = 10) {
  return answer_of<std::size_t>(
      [&](auto done) { fixture.state().count_distinct("set", member, 1h, at_most, done); });
}
std::optional<Mark> mark(StateFixture& fixture, const std::string& key) {
  return answer_of<std::optional<Mark>>([&](auto done) { fixture.state().find_mark(key, done); });
}
bool remove_mark(StateFixture& fixture, const std::string& key) {
  return answer_of<bool>([&](auto done) { fixture.state().remove_mark(key, done); });
}
std::vector<std::string> keys_of_marks(StateFixture& fixture, const std::string& prefix,
                                       std::size_t at_most) {
  std::vector<std::string> keys;
  for (const auto& each :
       answer_of<std::vector<Mark>>([&](auto done) { fixture.state().list_marks(prefix, at_most, done); }))
    keys.push_back(each.key);
  std::sort(keys.begin(), keys.end());
  return keys;
}

void fills_and_empties(StateFixture& fixture) {
  const auto first = take(fixture, {charge("k", 3, 60s, 2)});
  CHECK_FALSE(first.refused_by);
  CHECK(first.standings.at(0).used == 2);
  CHECK(first.standings.at(0).room_in == 0s);
  fixture.advance(30s);
  CHECK(take(fixture, {charge("k", 3, 60s, 1)}).standings.at(0).used == 3);
  const auto refused = take(fixture, {charge("k", 3, 60s, 1)});
  CHECK(refused.refused_by == 0U);
  CHECK(refused.standings.at(0).used == 3);
  CHECK(refused.standings.at(0).room_in >= 30s);
  CHECK(refused.standings.at(0).room_in <= 31s);
  fixture.advance(29s);
  CHECK(take(fixture, {charge("k", 3, 60s, 1)}).refused_by == 0U);  // never before the period is over
  fixture.advance(2s);
  CHECK(take(fixture, {charge("k", 3, 60s, 2)}).standings.at(0).used == 3);
  fixture.advance(62s);
  CHECK(take(fixture, {charge("k", 3, 60s, 0)}).standings.at(0).used == 0);
}

void all_or_nothing(StateFixture& fixture) {
  const auto refused = take(fixture, {charge("wide", 10, 60s, 4), charge("narrow", 3, 60s, 4)});
  CHECK(refused.refused_by == 1U);
  REQUIRE(refused.standings.size() == 2);
  CHECK(refused.standings[0].used == 0);
  CHECK(refused.standings[0].room_in == 0s);
  CHECK(take(fixture, {charge("wide", 10, 60s, 0)}).standings.at(0).used == 0);
  const auto both = take(fixture, {charge("wide", 10, 60s, 3), charge("narrow", 3, 60s, 3)});
  CHECK_FALSE(both.refused_by);
  CHECK(both.standings.at(1).used == 3);
}

void one_counter_twice(StateFixture& fixture) {
  CHECK(take(fixture, {charge("k", 3, 60s, 2), charge("k", 3, 60s, 2)}).refused_by == 1U);
  const auto taken = take(fixture, {charge("k", 3, 60s, 2), charge("k", 3, 60s, 1)});
  CHECK_FALSE(taken.refused_by);
  CHECK(take(fixture, {charge("k", 3, 60s, 0)}).standings.at(0).used == 3);
}

void asks_without_counting(StateFixture& fixture) {
  CHECK(take(fixture, {charge("k", 0, 60s, 0)}).standings.at(0).used == 0);
  Charge over = charge("k", 2, 60s, 5);
  over.is_enforced = false;
  const auto taken = take(fixture, {over});
  CHECK_FALSE(taken.refused_by);
  CHECK(taken.standings.at(0).used == 5);
  const auto asked = take(fixture, {charge("k", 2, 60s, 0)});
  CHECK_FALSE(asked.refused_by);
  CHECK(asked.standings.at(0).used == 5);
  CHECK(take(fixture, {charge("k", 2, 60s, 1)}).refused_by == 0U);
}

void extremes(StateFixture& fixture) {
  constexpr std::uint64_t kBytes = std::uint64_t{1} << 50;  // more than any limit of bytes
  CHECK_FALSE(take(fixture, {charge("k", kBytes, 60s, kBytes)}).refused_by);
  CHECK(take(fixture, {charge("k", kBytes, 60s, 1)}).refused_by == 0U);
  CHECK(take(fixture, {charge("never", 1, 60s, 2)}).refused_by == 0U);
  CHECK_FALSE(take(fixture, {}).refused_by);
  const std::string longest(State::kMaxKeyBytes, 'k');
  CHECK_FALSE(take(fixture, {charge(longest, 1, 60s, 1)}).refused_by);
  CHECK(take(fixture, {charge(longest, 1, 60s, 1)}).refused_by == 0U);
  const std::string odd("\0 \r\n\xff%{}*", 9);
  CHECK_FALSE(take(fixture, {charge(odd, 1, 60s, 1)}).refused_by);
  CHECK(take(fixture, {charge(odd, 1, 60s, 1)}).refused_by == 0U);
}

void gives_back(StateFixture& fixture) {
  const auto first = take(fixture, {charge("k", 5, 3600s, 3)}).standings.at(0).slot;
  fixture.advance(120s);
  take(fixture, {charge("k", 5, 3600s, 2)});
  fixture.state().give_back({{"k", 3600s, first, 2}, {"unknown", 3600s, first, 7}});
  CHECK(take(fixture, {charge("k", 5, 3600s, 0)}).standings.at(0).used == 3);
  fixture.state().give_back({{"k", 3600s, first, 100}});  // no more than was counted there
  CHECK(take(fixture, {charge("k", 5, 3600s, 0)}).standings.at(0).used == 2);
  fixture.advance(4000s);
  fixture.state().give_back({{"k", 3600s, first, 1}});
  CHECK(take(fixture, {charge("k", 5, 3600s, 0)}).standings.at(0).used == 0);
}

void concurrent_takers(StateFixture& fixture) {
  constexpr int kThreads = 4;
  constexpr int kTries = 100;
  std::atomic<int> taken{0};
  std::atomic<int> answers{0};
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  std::promise<void> all;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < kTries; ++j) {
        fixture.state().take({charge("k", 150, 3600s, 1)}, [&](Answer<Taken> answer) {
          if (answer.is_found() && !answer.value().refused_by) ++taken;
          if (++answers == kThreads * kTries) all.set_value();
        });
      }
    });
  }
  for (auto& thread : threads)
    thread.join();
  REQUIRE(all.get_future().wait_for(20s) == std::future_status::ready);
  CHECK(taken == 150);
}

GreylistQuestion stranger(std::string triplet) {
  return {.triplet = std::move(triplet),
          .client = "192.0.2.0/24",
          .sender_domain = "example.org 192.0.2.0/24",
          .correspondent = "a@example.org b@test.com",
          .delay = 300s,
          .window = 48h,
          .lifetime = 720h,
          .client_passes = 2,
          .domain_passes = 3};
}

void greylist_waits(StateFixture& fixture) {
  auto question = stranger("one");
  question.client = question.sender_domain = question.correspondent = "";
  const auto first = greylist(fixture, question);
  CHECK(first.by == By::Waiting);
  CHECK(first.wait == 300s);
  fixture.advance(100s);
  const auto second = greylist(fixture, question);
  CHECK(second.by == By::Waiting);
  CHECK(second.wait >= 199s);
  CHECK(second.wait <= 201s);
  fixture.advance(201s);
  CHECK(greylist(fixture, question).by == By::Triplet);
  fixture.advance(719h);
  CHECK(greylist(fixture, question).by == By::Triplet);  // for another lifetime
  fixture.advance(719h);
  CHECK(greylist(fixture, question).by == By::Triplet);
  fixture.advance(721h);
  CHECK(greylist(fixture, question).by == By::Waiting);
}

void greylist_window(StateFixture& fixture) {
  auto question = stranger("late");
  CHECK(greylist(fixture, question).by == By::Waiting);
  fixture.advance(49h);
  const auto late = greylist(fixture, question);  // a first attempt again
  CHECK(late.by == By::Waiting);
  CHECK(late.wait == 300s);
}

void greylist_clients(StateFixture& fixture) {
  for (const char* triplet : {"one", "two"})
    CHECK(greylist(fixture, stranger(triplet)).by == By::Waiting);
  fixture.advance(301s);
  CHECK(greylist(fixture, stranger("one")).by == By::Triplet);
  CHECK(greylist(fixture, stranger("one")).by == By::Triplet);  // again is not another pass
  CHECK(greylist(fixture, stranger("three")).by == By::Waiting);
  CHECK(greylist(fixture, stranger("two")).by == By::Triplet);
  CHECK(greylist(fixture, stranger("four")).by == By::Client);
  auto elsewhere = stranger("five");
  elsewhere.client = "";
  CHECK(greylist(fixture, elsewhere).by == By::Waiting);
  elsewhere.domain_passes = 2;
  CHECK(greylist(fixture, elsewhere).by == By::SenderDomain);
  fixture.advance(721h);
  CHECK(greylist(fixture, stranger("six")).by == By::Waiting);
}

void greylist_only_asks(StateFixture& fixture) {
  auto question = stranger("");
  question.client = question.sender_domain = "";
  for (int i = 0; i < 2; ++i) {
    CHECK(greylist(fixture, question).by == By::Waiting);
    fixture.advance(301s);  // nothing was noted, so nothing has waited
  }
  fixture.state().note_correspondent(question.correspondent, 24h);
  CHECK(greylist(fixture, question).by == By::Correspondent);
}

void greylist_asks_without_noting(StateFixture& fixture) {
  const auto ask = [&](GreylistQuestion question) {
    question.only_asks = true;
    return greylist(fixture, question);
  };
  const auto question = stranger("one");
  for (int i = 0; i < 3; ++i) {
    const auto answer = ask(question);
    CHECK(answer.by == By::Waiting);
    CHECK(answer.wait == question.delay);
    fixture.advance(question.delay);
  }
  // What was only asked was no first attempt, and what would pass has not.
  CHECK(greylist(fixture, question).by == By::Waiting);
  fixture.advance(question.delay / 2);
  CHECK(ask(question).by == By::Waiting);
  CHECK(ask(question).wait <= question.delay - question.delay / 2);
  fixture.advance(question.delay / 2);
  for (int i = 0; i < 3; ++i)
    CHECK(ask(question).by == By::Triplet);
  CHECK(ask(stranger("two")).by == By::Waiting);  // nor has the client
  CHECK(greylist(fixture, question).by == By::Triplet);
  fixture.advance(question.lifetime / 2);
  CHECK(ask(question).by == By::Triplet);
  fixture.advance(question.lifetime / 2);
  CHECK(ask(question).by == By::Waiting);  // asking was no use of it
}

void greylist_correspondents(StateFixture& fixture) {
  fixture.state().note_correspondent(stranger("").correspondent, 24h);
  CHECK(greylist(fixture, stranger("one")).by == By::Correspondent);
  auto unasked = stranger("one");
  unasked.correspondent = "";
  CHECK(greylist(fixture, unasked).by == By::Waiting);
  fixture.advance(25h);
  CHECK(greylist(fixture, stranger("two")).by == By::Waiting);
}

void counts_distinct(StateFixture& fixture) {
  CHECK(distinct(fixture, "a") == 1);
  CHECK(distinct(fixture, "a") == 1);
  fixture.advance(1800s);
  CHECK(distinct(fixture, "b") == 2);
  fixture.advance(1801s);
  CHECK(distinct(fixture, "c") == 2);  // a has left
  CHECK(distinct(fixture, std::string(State::kMaxKeyBytes, 'd')) == 3);
  CHECK(distinct(fixture, "e", 2) == 2);
}

void counts_distinct_to_its_bound(StateFixture& fixture) {
  constexpr std::size_t kMost = State::kMaxMembers;
  for (std::size_t number = 1; number <= kMost; ++number)
    if (distinct(fixture, std::to_string(number), kMost + 1) != number) FAIL(number);
  CHECK(distinct(fixture, "one more", kMost + 1) == kMost);
}

void marks(StateFixture& fixture) {
  const auto until = fixture.wall_time() + 1h;
  CHECK_FALSE(mark(fixture, "hold alice"));
  fixture.state().set_mark({"hold alice", "why", until});
  const auto found = mark(fixture, "hold alice");
  REQUIRE(found);
  CHECK(found->key == "hold alice");
  CHECK(found->text == "why");
  CHECK(found->until == until);
  fixture.state().set_mark({"hold alice", "other", until + 1h});
  fixture.state().set_mark({"hold bob", "", until});
  fixture.state().set_mark({"slow bob", "", until});
  CHECK(mark(fixture, "hold alice")->text == "other");
  CHECK(keys_of_marks(fixture, "hold ", 10) == std::vector<std::string>{"hold alice", "hold bob"});
  CHECK(keys_of_marks(fixture, "hold ", 1).size() == 1);
  CHECK(keys_of_marks(fixture, "", 10).size() == 3);
  CHECK(keys_of_marks(fixture, "h*", 10).empty());
  fixture.advance(3601s);
  CHECK_FALSE(mark(fixture, "hold bob"));
  CHECK(keys_of_marks(fixture, "", 10) == std::vector<std::string>{"hold alice"});
  CHECK(remove_mark(fixture, "hold alice"));
  CHECK_FALSE(remove_mark(fixture, "hold alice"));
  CHECK_FALSE(mark(fixture, "hold alice"));
}

void kinds_apart(StateFixture& fixture) {
  fixture.state().set_mark({"k", "", fixture.wall_time() + 1h});
  fixture.state().note_correspondent("k", 1h);
  take(fixture, {charge("k", 1, 60s, 1)});
  CHECK_FALSE(take(fixture, {charge("k", 1, 120s, 1)}).refused_by);  // another period, another counter
  auto question = stranger("k");
  CHECK(greylist(fixture, question).by == By::Waiting);
  CHECK(remove_mark(fixture, "k"));
  CHECK(take(fixture, {charge("k", 1, 60s, 1)}).refused_by == 0U);
}

}  // namespace

void check_state_contract(const MakeState& make) {
  struct Line {
    const char* story;
    void (*check)(StateFixture&);
  };
  for (const auto& line : {Line{"a counter fills, refuses and empties", fills_and_empties},
                           Line{"charges are counted together or not at all", all_or_nothing},
                           Line{"one counter twice in one take is charged the sum", one_counter_twice},
                           Line{"0 asks, and what is not enforced is never refused", asks_without_counting},
                           Line{"great amounts, long keys and odd bytes", extremes},
                           Line{"what is given back is room again", gives_back},
                           Line{"takers at the same time share one limit exactly", concurrent_takers},
                           Line{"a triplet waits, passes, and is forgotten", greylist_waits},
                           Line{"a second attempt after the window is a first one", greylist_window},
                           Line{"without a triplet nothing is noted", greylist_only_asks},
                           Line{"who only asks changes nothing", greylist_asks_without_noting},
                           Line{"clients and sender domains that passed are known", greylist_clients},
                           Line{"who was written to may answer", greylist_correspondents},
                           Line{"members of a set leave after the period", counts_distinct},
                           Line{"a set has as many members as it may", counts_distinct_to_its_bound},
                           Line{"marks are found, listed, replaced, removed, and over", marks},
                           Line{"a key means something else to each kind", kinds_apart}}) {
    DYNAMIC_SECTION(line.story) {
      const auto fixture = make();
      line.check(*fixture);
    }
  }
}

}  // namespace extmail::tests
