// SPDX-License-Identifier: MIT
#include "mysql/host_health.hpp"

#include "support/catch.hpp"
#include "support/fake_directory.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

using namespace extmail;
using namespace std::chrono_literals;
using mysql::HostHealth;
using Order = std::vector<std::size_t>;

namespace {

constexpr auto kTrialTime = 3s;
constexpr auto kMillisecond = 1ms;

/// Steps of a story about servers a, b and c: "a-" it fails, "a+" it answers, "500" so many milliseconds pass, "?" somebody
/// asks for an order and so begins to try.
struct Site {
  void live(const std::string& story) {
    std::size_t at = 0;
    while (at < story.size()) {
      const std::size_t end = std::min(story.find(' ', at), story.size());
      step(story.substr(at, end - at));
      at = end + 1;
    }
  }

  void step(const std::string& step) {
    const auto host = static_cast<std::size_t>(step.front() - 'a');
    if (step == "?") {
      (void)health.take_order(clock.now());
    } else if (step.back() == '-') {
      health.failed(host, clock.now());
    } else if (step.back() == '+') {
      health.succeeded(host, clock.now());
    } else {
      clock.advance(std::chrono::milliseconds(std::stol(step)));
    }
  }

  Order order() { return health.take_order(clock.now()); }

  HostHealth health{3, kTrialTime};
  tests::FakeClock clock;
};

}  // namespace

TEST_CASE("Which server is tried first") {
  struct Case {
    const char* story;
    Order order;
    std::size_t active;
  };
  const std::vector<Case> cases{
      {"", {0, 1, 2}, 0},
      {"a+", {0, 1, 2}, 0},
      {"a-", {1, 2, 0}, 0},
      {"a- b+", {1, 2, 0}, 1},
      {"a- b+ 499", {1, 2, 0}, 1},
      {"a- b+ 500", {0, 1, 2}, 1},
      {"a- b+ 500 ?", {1, 2, 0}, 1},  // another caller tries a already
      {"a- b+ 500 ? 2999", {1, 2, 0}, 1},
      {"a- b+ 500 ? 3000", {0, 1, 2}, 1},  // nobody knows what became of it
      {"a- b+ 500 ? a+", {0, 1, 2}, 0},
      {"a- b+ 500 ? a-", {1, 2, 0}, 1},
      {"a- b- c+", {2, 0, 1}, 2},
      {"a- b- c+ 500", {0, 1, 2}, 2},
      {"a- b- c+ 500 ? b+", {1, 2, 0}, 1},
      {"a- b- c-", {0, 1, 2}, 0},  // for want of others
      {"a- b+ b-", {2, 0, 1}, 1},
      {"a+ b-", {0, 2, 1}, 0},
  };
  for (const auto& c : cases) {
    INFO(c.story);
    Site site;
    site.live(c.story);
    CHECK(site.order() == c.order);
    CHECK(site.health.active() == c.active);
  }
}

TEST_CASE("How long a server is left alone") {
  struct Case {
    const char* story;
    std::chrono::milliseconds pause;
  };
  const std::vector<Case> cases{
      {"a-", 500ms},
      {"a- a- a- a-", 500ms},  // one failure, seen by four connections
      {"a- 100 a-", 500ms},    // but a new one to whom it did not answer: at least from now on
      {"a- b+ 500 ? a-", 1s},
      {"a- b+ 500 ? 2000 a-", 1s},  // from its end, however long the trial took
      {"a- b+ 500 ? a- 1000 ? a-", 2s},
      {"a- b+ 500 ? a- 1000 ? a- 2000 ? a-", 4s},
      {"a- b+ 500 ? a+ a-", 1s},  // taken and lost again: not recovered
      {"a- b+ 500 ? a+ 59999 a-", 1s},
      {"a- b+ 500 ? a+ 60000 a-", 500ms},
      {"a- 500 a- 1000 a- 2000 a- 4000 a- 8000 a- 16000 a- 32000 a-", 60s},
      {"a- 500 a- 1000 a- 2000 a- 4000 a- 8000 a- 16000 a- 32000 a- 60000 a- 60000 a-", 60s},
  };
  for (const auto& c : cases) {
    INFO(c.story);
    Site site;
    site.live(c.story);
    site.health.succeeded(1, site.clock.now());
    site.clock.advance(c.pause - kMillisecond);
    CHECK_FALSE(site.health.may_be_bettered(site.clock.now()));
    site.clock.advance(kMillisecond);
    CHECK(site.health.may_be_bettered(site.clock.now()));
  }
}

TEST_CASE("Only one caller looks whether a better server is back") {
  Site site;
  site.live("a- b- c+");
  CHECK(site.health.take_better(site.clock.now()).empty());
  site.live("500");
  CHECK(site.health.may_be_bettered(site.clock.now()));
  CHECK(site.health.take_better(site.clock.now()) == Order{0, 1});
  CHECK_FALSE(site.health.may_be_bettered(site.clock.now()));
  CHECK(site.health.take_better(site.clock.now()).empty());
  CHECK(site.order() == Order{2, 0, 1});

  // Whatever became of it: it is looked for again.
  site.clock.advance(kTrialTime);
  CHECK(site.health.take_better(site.clock.now()) == Order{0, 1});
}

TEST_CASE("Nothing betters the first server") {
  Site site;
  site.live("a- b+ 500 ? a+ b- c- 3600000");
  CHECK_FALSE(site.health.may_be_bettered(site.clock.now()));
}

TEST_CASE("Switches are counted, and so are failures") {
  Site site;
  site.live("a+ a+");
  CHECK(site.health.switches() == 0);
  site.live("a- a- b+ b+");
  CHECK(site.health.switches() == 1);
  site.live("500 ? a+");
  CHECK(site.health.switches() == 2);
  CHECK(site.health.hosts()[0].failures == 2);
  CHECK(site.health.hosts()[0].is_well);
  CHECK(site.health.hosts()[1].failures == 0);
}
