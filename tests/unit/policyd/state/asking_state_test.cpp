// SPDX-License-Identifier: MIT
#include "policyd/state/asking_state.hpp"

#include "support/catch.hpp"
#include "support/fake_directory.hpp"
#include "support/fake_state.hpp"

#include <optional>
#include <string>
#include <vector>

using namespace extmail;
using namespace extmail::policyd;
using namespace std::chrono_literals;

namespace {

struct Site {
  Taken take(State& whose, const std::vector<Charge>& charges) {
    std::optional<Answer<Taken>> given;
    whose.take(charges, [&](const Answer<Taken>& answer) { given = answer; });
    REQUIRE(given);
    REQUIRE(given->is_found());
    return given->value();
  }
  std::uint64_t used(const std::string& key) {
    return take(real, {{key, {10, 3600s}, 0}}).standings.front().used;
  }

  tests::FakeClock clock;
  tests::FakeState real{clock};
  AskingState asking{real};
};

Charge charge(const std::string& key, std::uint64_t amount, bool is_enforced = true) {
  return {key, {10, 3600s}, amount, is_enforced};
}

}  // namespace

TEST_CASE("What would be counted is answered and not counted") {
  Site site;
  site.take(site.real, {charge("a", 7)});
  for (int i = 0; i < 3; ++i) {
    const auto taken = site.take(site.asking, {charge("a", 3), charge("b", 1)});
    CHECK_FALSE(taken.refused_by);
    CHECK(taken.standings[0].used == 10);
    CHECK(taken.standings[1].used == 1);
  }
  CHECK(site.used("a") == 7);
  CHECK(site.used("b") == 0);
}

TEST_CASE("What would be refused is refused, with when there will be room") {
  struct Row {
    std::vector<Charge> charges;
    std::optional<std::size_t> refused_by;
  };
  for (const auto& [charges, refused_by] : {
           Row{{charge("a", 3)}, std::nullopt},
           Row{{charge("a", 4)}, 0},
           Row{{charge("b", 1), charge("a", 4)}, 1},
           Row{{charge("a", 1000)}, 0},
           Row{{charge("a", 4, false)}, std::nullopt},
           Row{{charge("full", 0)}, std::nullopt},  // asks only, and would have nothing counted
           Row{{charge("full", 1)}, 0},
       }) {
    CAPTURE(charges.size(), charges.front().key, charges.front().amount);
    Site site;
    site.take(site.real, {charge("a", 7), charge("full", 10)});
    site.clock.advance(600s);
    const auto taken = site.take(site.asking, charges);
    CHECK(taken.refused_by == refused_by);
    if (refused_by && charges.front().amount <= 10) CHECK(taken.standings[*refused_by].room_in > 0s);
    const auto counted = site.take(site.real, charges);  // a real one is answered alike
    CHECK(counted.refused_by == refused_by);
    for (std::size_t i = 0; i < charges.size(); ++i)
      CHECK(counted.standings[i].used == taken.standings[i].used);
  }
}

TEST_CASE("Strangers stay strangers, marks stay, and held logins are found") {
  Site site;
  GreylistQuestion question;
  question.triplet = "t";
  question.delay = 300s;
  question.window = 3600s;
  question.lifetime = 7200s;
  for (int i = 0; i < 2; ++i) {
    site.asking.greylist(question, [](const Answer<GreylistAnswer>& answer) {
      REQUIRE(answer.is_found());
      CHECK(answer.value().by == GreylistAnswer::By::Waiting);
      CHECK(answer.value().wait == 300s);
    });
    site.clock.advance(300s);
  }
  site.real.set_mark({"held", "why", site.real.wall_time() + 1h});
  site.asking.set_mark({"other", "why", site.real.wall_time() + 1h});
  site.asking.remove_mark("held", [](const Answer<bool>&) {});
  for (const auto& [key, is_there] : {std::pair{"held", true}, std::pair{"other", false}}) {
    site.asking.find_mark(key, [&, there = is_there](const Answer<std::optional<Mark>>& mark) {
      REQUIRE(mark.is_found());
      CHECK(mark.value().has_value() == there);
    });
  }
}

TEST_CASE("A state that can't tell is no state without limits") {
  Site site;
  site.real.fail(true);
  bool is_failure = false;
  site.asking.take({charge("a", 1)}, [&](const Answer<Taken>& taken) { is_failure = taken.is_failure(); });
  CHECK(is_failure);
}
