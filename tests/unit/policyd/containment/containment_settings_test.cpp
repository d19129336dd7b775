// SPDX-License-Identifier: MIT
#include "policyd/containment/containment_settings.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <string>
#include <vector>

using namespace extmail;
using namespace std::chrono_literals;
using daemon::ConfigError;
using daemon::ConfigFile;
using policyd::Bounds;
using policyd::OnFailure;

namespace {

policyd::ContainmentSettings read(const std::string& path) {
  ConfigFile file(path);
  auto policyd = file.table("policyd");
  auto settings = policyd::read_containment(policyd, OnFailure::Dunno);
  file.finish();
  return settings;
}

std::string complaint(const std::string& path) {
  try {
    (void)read(path);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("Containment is off unless it is asked for, and has defaults") {
  tests::TemporaryFolder folder;
  for (const char* text : {"", "[policyd.containment]\n", "[policyd.containment]\nenabled = true\n"}) {
    INFO(text);
    const auto settings = read(folder.write("extmail.toml", text));
    CHECK(settings.enabled == (std::string(text).find("true") != std::string::npos));
    CHECK(settings.rule == policyd::RuleSettings{});
    CHECK(settings.networks == Bounds{.slow = 8, .hold = 20, .period = 1h});
    CHECK(settings.recipients == Bounds{.slow = 100, .hold = 300, .period = 1h});
    CHECK(settings.prefixes == policyd::NetworkPrefixes{.ipv4 = 24, .ipv6 = 48});
    CHECK(settings.known_for == 24h * 90);
    CHECK(settings.hold_for == 24h * 7);
    CHECK(settings.exempt_networks == NetworkList::parse("127.0.0.0/8 ::1").value());
    CHECK(settings.exempt_logins == policyd::AddressList{});
  }
}

TEST_CASE("Everything about containment can be set") {
  tests::TemporaryFolder folder;
  const auto settings = read(folder.write(
      "extmail.toml",
      "[policyd.containment]\nenabled = true\nmode = \"log\"\non_failure = \"defer\"\n"
      "slow_networks = 3\nhold_networks = 4\nnetwork_period = 60\nipv4_prefix = 16\nipv6_prefix = 32\n"
      "slow_recipients = 0\nhold_recipients = 1000\nrecipient_period = 86400\nknown_for = 30\nhold_for = 2\n"
      "exempt_networks = [\"192.0.2.0/24\"]\nexempt_logins = [\"news@test.com\"]\n"));
  CHECK(settings.enabled);
  CHECK(settings.rule == policyd::RuleSettings{.on_failure = OnFailure::Defer, .is_log_only = true});
  CHECK(settings.networks == Bounds{.slow = 3, .hold = 4, .period = 1min});
  CHECK(settings.recipients == Bounds{.slow = 0, .hold = 1000, .period = 24h});
  CHECK(settings.prefixes == policyd::NetworkPrefixes{.ipv4 = 16, .ipv6 = 32});
  CHECK(settings.known_for == 24h * 30);
  CHECK(settings.hold_for == 2h);
  CHECK(settings.exempt_networks == NetworkList::parse("192.0.2.0/24").value());
  CHECK(settings.exempt_logins.contains("news", "test.com"));
}

TEST_CASE("What is wrong with containment is said with file, line and key") {
  tests::TemporaryFolder folder;
  struct Case {
    const char* keys;
    const char* complaint;
  };
  const std::vector<Case> cases{
      {"enabled = 1", "enabled must be true or false"},
      {"slow_networks = -1", "slow_networks must be a whole number from 0 to 1000"},
      {"hold_networks = 1001", "hold_networks must be a whole number from 0 to 1000"},
      {"hold_networks = 8", "hold_networks must be more than slow_networks, or 0"},
      {"network_period = 59", "network_period must be a whole number from 60 to 604800"},
      {"slow_recipients = 4001", "slow_recipients must be a whole number from 0 to 4000"},
      {"hold_recipients = 4001", "hold_recipients must be a whole number from 0 to 4000"},
      {"hold_recipients = 100", "hold_recipients must be more than slow_recipients, or 0"},
      {"recipient_period = 604801", "recipient_period must be a whole number from 60 to 604800"},
      {"ipv4_prefix = 7", "ipv4_prefix must be a whole number from 8 to 32"},
      {"ipv6_prefix = 129", "ipv6_prefix must be a whole number from 16 to 128"},
      {"known_for = 0", "known_for must be a whole number from 1 to 400"},
      {"hold_for = 0", "hold_for must be a whole number from 1 to 8760"},
      {"exempt_networks = [\"x\"]", "exempt_networks can't be used: \"x\" is no network"},
      {"exempt_logins = [\"bob\"]", "exempt_logins has bob, which is no \"user@domain\""},
      {"hold = 1", "unknown key policyd.containment.hold"},
  };
  for (const auto& c : cases) {
    INFO(c.keys);
    const std::string path =
        folder.write("extmail.toml", "[policyd.containment]\n" + std::string(c.keys) + "\n");
    const std::string text = complaint(path);
    INFO(text);
    CHECK(text.find(path + ":2: ") == 0);
    CHECK(text.find(c.complaint) != std::string::npos);
  }
}
