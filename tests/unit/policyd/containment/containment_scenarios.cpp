// SPDX-License-Identifier: MIT
#include "containment_scenarios.hpp"

#include "policyd/containment/containment_rule.hpp"
#include "support/catch.hpp"
#include "support/fake_directory.hpp"
#include "support/policy_decision.hpp"
#include "support/policy_request.hpp"
#include "support/recording_log.hpp"
#include "support/temporary_folder.hpp"

#include <memory>
#include <string>
#include <utility>

namespace extmail::tests {
namespace {

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

}  // namespace

void check_containment(const MakeState& make) {
  struct Line {
    const char* story;
    void (*check)(StateFixture&);
  };
  for (const auto& line : {Line{"as many recipients as can be set, and one more", most_recipients},
                           Line{"as many networks as can be set, and one more", most_networks}}) {
    DYNAMIC_SECTION(line.story) {
      const auto fixture = make();
      line.check(*fixture);
    }
  }
}

}  // namespace extmail::tests
