// SPDX-License-Identifier: MIT
#include "containment_scenarios.hpp"

#include "policyd/containment/containment_rule.hpp"
#include "policyd/containment/held_logins.hpp"
#include "support/catch.hpp"
#include "support/fake_directory.hpp"
#include "support/policy_decision.hpp"
#include "support/policy_request.hpp"
#include "support/recording_log.hpp"
#include "support/temporary_folder.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace extmail::tests {
namespace {

using namespace std::chrono_literals;
using policyd::ContainmentSettings;

ContainmentSettings settings_of(const std::string& keys) {
  TemporaryFolder folder;
  daemon::ConfigFile file(folder.write("extmail.toml", "[policyd.containment]\nenabled = true\n" + keys));
  auto policyd = file.table("policyd");
  auto settings = policyd::read_containment(policyd, policyd::OnFailure::Dunno);
  file.finish();
  return settings;
}

/// A login that sends, contained as keys of the configuration say.
class Login {
 public:
  Login(StateFixture& fixture, const std::string& keys)
      : rule_({fixture.state(), clock_, [&fixture] { return fixture.wall_time(); }, log_},
              settings_of(keys)) {}

  /// The first word of the answer; "" if the mail goes on.
  std::string send(const std::string& recipient, const std::string& client = "192.0.2.1") {
    const auto facts = policy_request({{"protocol_state", "RCPT"},
                                       {"client_address", client},
                                       {"sasl_username", "alice@test.com"},
                                       {"sender", "alice@test.com"},
                                       {"recipient", recipient}});
    const auto decision = decision_of(rule_, facts, {directory_, policies_});
    return decision.substr(0, decision.find(' '));
  }

 private:
  FakeClock clock_;  // of what is logged only
  FakeDirectory directory_;
  FakePolicies policies_;
  RecordingLog log_;
  const policyd::ContainmentRule rule_;
};

std::string recipient(std::size_t number) {
  return std::to_string(number) + "@example.org";
}

void most_recipients(StateFixture& fixture) {
  constexpr std::size_t kMost = 4000;
  Login login(fixture, "slow_recipients = 0\nhold_recipients = " + std::to_string(kMost) + "\n");
  for (std::size_t number = 1; number <= kMost; ++number)
    if (!login.send(recipient(number)).empty()) FAIL(number);
  CHECK(login.send("one.more@example.org") == "HOLD");
}

void most_networks(StateFixture& fixture) {
  constexpr std::size_t kMost = 1000;
  constexpr std::size_t kInOctet = 250;
  Login login(fixture, "slow_networks = 0\nhold_networks = " + std::to_string(kMost) + "\n");
  const auto client = [](std::size_t number) {
    return "10." + std::to_string(number / kInOctet) + '.' + std::to_string(number % kInOctet) + ".1";
  };
  for (std::size_t number = 1; number <= kMost; ++number)
    if (!login.send("carol@example.org", client(number)).empty()) FAIL(number);
  CHECK(login.send("carol@example.org", client(kMost + 1)) == "HOLD");
}

std::string client_of(int number) {
  return "192.0." + std::to_string(number) + ".1";
}

void networks_in_use(StateFixture& fixture) {
  Login login(fixture, "slow_networks = 2\n");
  for (int number : {1, 2})
    CHECK(login.send("carol@example.org", client_of(number)).empty());
  for (int minutes = 0; minutes < 180; minutes += 20) {
    INFO(minutes);
    CHECK(login.send("carol@example.org", client_of(1)) == (minutes == 0 ? "" : "450"));
    CHECK(login.send("carol@example.org", client_of(2)) == (minutes == 0 ? "" : "450"));
    CHECK(login.send("carol@example.org", client_of(3)) == "450");
    fixture.advance(20min);
  }
  // Only one of them goes on, and the others were in use 20 minutes ago.
  for (const char* answer : {"450", "450", "", ""}) {
    CHECK(login.send("carol@example.org", client_of(1)) == answer);
    fixture.advance(20min);
  }
}

void released_recipients(StateFixture& fixture) {
  Login login(fixture, "slow_recipients = 3\nhold_recipients = 0\n");
  const auto send = [&](std::size_t first, std::size_t last) {
    for (std::size_t number = first; number <= last; ++number)
      CHECK(login.send(recipient(number)).empty());
  };
  send(1, 3);
  CHECK(login.send(recipient(4)) == "450");
  fixture.advance(50min);
  policyd::release_login(fixture.state(), "alice@test.com", fixture.wall_time(), [](const auto&) {});
  send(5, 7);
  CHECK(login.send(recipient(8)) == "450");
  fixture.advance(15min);  // those from before the release have left
  CHECK(login.send(recipient(8)) == "450");
}

void long_released(StateFixture& fixture) {
  Login login(fixture, "slow_recipients = 3\nhold_recipients = 4\nslow_networks = 2\nhold_networks = 3\n");
  policyd::release_login(fixture.state(), "alice@test.com", fixture.wall_time(), [](const auto&) {});
  fixture.advance(1h);
  std::vector<std::string> answers;
  for (std::size_t number = 1; number <= 5; ++number)
    answers.push_back(login.send(recipient(number)));
  CHECK(answers == std::vector<std::string>{"", "", "", "450", "HOLD"});
  policyd::release_login(fixture.state(), "alice@test.com", fixture.wall_time(), [](const auto&) {});
  fixture.advance(2h);
  answers.clear();
  for (int number = 1; number <= 4; ++number)
    answers.push_back(login.send(recipient(1), client_of(number)));
  CHECK(answers == std::vector<std::string>{"", "", "450", "HOLD"});
}

/// Sends to new recipients, and again where it is told to come again.
struct Relay {
  const char* story;
  std::size_t recipients;
  std::chrono::seconds within;       ///< between its first and its last first attempt
  std::chrono::seconds first_pause;  ///< before the second attempt; each further one is twice as long,
  std::chrono::seconds last_pause;   ///< up to this
};

struct Outcomes {
  std::vector<std::chrono::seconds> let_through;  ///< when
  std::vector<std::chrono::seconds> held;
};

Outcomes outcomes_of(const Relay& relay, StateFixture& fixture, Login& login, std::chrono::seconds lasts) {
  struct Attempt {
    std::size_t recipient;
    std::chrono::seconds pause;
  };
  std::multimap<std::chrono::seconds, Attempt> queue;
  for (std::size_t number = 0; number < relay.recipients; ++number) {
    const auto at =
        relay.within * static_cast<std::int64_t>(number) / static_cast<std::int64_t>(relay.recipients);
    queue.insert({at, {number, relay.first_pause}});
  }
  Outcomes outcomes;
  for (std::chrono::seconds now{0}; !queue.empty() && queue.begin()->first <= lasts;) {
    const auto [at, attempt] = *queue.begin();
    queue.erase(queue.begin());
    fixture.advance(at - now);
    now = at;
    const std::string answer = login.send(recipient(attempt.recipient));
    if (answer.empty()) outcomes.let_through.push_back(now);
    if (answer == "HOLD") outcomes.held.push_back(now);
    if (answer == "450")
      queue.insert({now + attempt.pause, {attempt.recipient, std::min(2 * attempt.pause, relay.last_pause)}});
  }
  return outcomes;
}

std::size_t most_in_an_hour(const std::vector<std::chrono::seconds>& times) {
  std::size_t most = 0;
  for (auto first = times.begin(), last = first; last != times.end(); ++last) {
    while (*last - *first >= 1h)
      ++first;
    most = std::max(most, static_cast<std::size_t>(last - first) + 1);
  }
  return most;
}

void honest_relay(StateFixture& fixture, const Relay& relay) {
  Login login(fixture, "");
  const auto outcomes = outcomes_of(relay, fixture, login, 5h);
  CHECK(outcomes.held.empty());
  CHECK(outcomes.let_through.size() == relay.recipients);
  CHECK(most_in_an_hour(outcomes.let_through) == 100);
}

void spraying(StateFixture& fixture) {
  Login login(fixture, "");
  const Relay relay{"", 1080, 3h, 15min, 15min};  // one in ten seconds
  const auto outcomes = outcomes_of(relay, fixture, login, 3h);
  CHECK(outcomes.let_through.size() == 100);
  REQUIRE(outcomes.held.size() == 980);
  CHECK(outcomes.held.front() == 300 * 10s);  // the 301st, though 200 before it were told to come again
}

}  // namespace

void check_containment(const MakeState& make) {
  struct Line {
    const char* story;
    void (*check)(StateFixture&);
  };
  for (const auto& line :
       {Line{"as many recipients as can be set, and one more", most_recipients},
        Line{"as many networks as can be set, and one more", most_networks},
        Line{"networks count from their last use, whatever was said to it", networks_in_use},
        Line{"no more than the bound since a release", released_recipients},
        Line{"who was released long ago is contained as ever", long_released},
        Line{"who tries ever more is held, with few let through", spraying}}) {
    DYNAMIC_SECTION(line.story) {
      const auto fixture = make();
      line.check(*fixture);
    }
  }
  for (const auto& relay :
       {Relay{"all at once, tried again every 15 minutes", 250, 1s, 15min, 15min},
        Relay{"over an hour, tried again every 15 minutes", 250, 1h, 15min, 15min},
        Relay{"over an hour, tried again as Postfix does", 250, 1h, 5min, 4000s},
        Relay{"as many as may be tried, twice as fast as they may go", 300, 90min, 5min, 5min}}) {
    DYNAMIC_SECTION("a queue gets through: " << relay.story) {
      const auto fixture = make();
      honest_relay(*fixture, relay);
    }
  }
}

}  // namespace extmail::tests
