// SPDX-License-Identifier: MIT
#include "policyd/greylist/greylist_settings.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <string>
#include <vector>

using namespace extmail;
using namespace std::chrono_literals;
using daemon::ConfigError;
using daemon::ConfigFile;
using policyd::OnFailure;

namespace {

policyd::GreylistSettings read(const std::string& path) {
  ConfigFile file(path);
  auto policyd = file.table("policyd");
  auto settings = policyd::read_greylist(policyd, OnFailure::Defer);
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

TEST_CASE("Greylisting is off unless it is asked for, and has defaults") {
  tests::TemporaryFolder folder;
  for (const char* text :
       {"", "[policyd]\n", "[policyd.greylist]\n", "[policyd.greylist]\nenabled = true\n"}) {
    INFO(text);
    const auto settings = read(folder.write("extmail.toml", text));
    CHECK(settings.enabled == (std::string(text).find("true") != std::string::npos));
    CHECK(settings.rule == policyd::RuleSettings{.on_failure = OnFailure::Defer, .is_log_only = false});
    CHECK(settings.is_for_all);
    CHECK(settings.delay == 5min);
    CHECK(settings.window == 48h);
    CHECK(settings.lifetime == 840h);
    CHECK(settings.client_passes == 5);
    CHECK(settings.domain_passes == 3);
    CHECK(settings.prefixes == policyd::NetworkPrefixes{.ipv4 = 24, .ipv6 = 64});
    CHECK(settings.exempt_clients.empty());
  }
  const auto settings = read(folder.write("extmail.toml", "[policyd.greylist]\n"));
  CHECK(settings.exempt_networks == NetworkList::parse("127.0.0.0/8 ::1").value());
  CHECK(settings.exempt_recipients.contains("postmaster", "test.com"));
  CHECK(settings.exempt_recipients.contains("abuse", "test.com"));
  CHECK_FALSE(settings.exempt_recipients.contains("alice", "test.com"));
}

TEST_CASE("Everything about greylisting can be set") {
  tests::TemporaryFolder folder;
  const auto settings = read(folder.write(
      "extmail.toml",
      "[policyd.greylist]\nenabled = true\nmode = \"log\"\non_failure = \"reject\"\nrecipients = \"chosen\"\n"
      "delay = 60\nwindow = 4\nlifetime = 10\nclient_passes = 0\ndomain_passes = 7\n"
      "ipv4_prefix = 32\nipv6_prefix = 48\nexempt_networks = [\"192.0.2.0/24\"]\n"
      "exempt_clients = [\"Google.com\", \"mail.qq.com\"]\n"
      "exempt_recipients = [\"Help@Test.com\", \"@example.com\", \"info@\"]\n"));
  CHECK(settings.enabled);
  CHECK(settings.rule == policyd::RuleSettings{.on_failure = OnFailure::Reject, .is_log_only = true});
  CHECK_FALSE(settings.is_for_all);
  CHECK(settings.delay == 60s);
  CHECK(settings.window == 4h);
  CHECK(settings.lifetime == 240h);
  CHECK(settings.client_passes == 0);
  CHECK(settings.domain_passes == 7);
  CHECK(settings.prefixes == policyd::NetworkPrefixes{.ipv4 = 32, .ipv6 = 48});
  CHECK(settings.exempt_networks == NetworkList::parse("192.0.2.0/24").value());
  CHECK(settings.exempt_clients == std::vector<std::string>{"google.com", "mail.qq.com"});
  CHECK(settings.exempt_recipients.contains("help", "test.com"));
  CHECK(settings.exempt_recipients.contains("anybody", "example.com"));
  CHECK(settings.exempt_recipients.contains("info", "test.com"));
  CHECK_FALSE(settings.exempt_recipients.contains("help", "example.org"));
  CHECK_FALSE(settings.exempt_recipients.contains("postmaster", "test.com"));
}

TEST_CASE("Names of clients match whole labels") {
  const std::vector<std::string> domains{"google.com"};
  CHECK(policyd::is_below("google.com", domains));
  CHECK(policyd::is_below("mail-x.GOOGLE.com", domains));
  CHECK_FALSE(policyd::is_below("notgoogle.com", domains));
  CHECK_FALSE(policyd::is_below("google.com.example.org", domains));
  CHECK_FALSE(policyd::is_below("com", domains));
  CHECK_FALSE(policyd::is_below("unknown", domains));
  CHECK_FALSE(policyd::is_below("", domains));
}

TEST_CASE("What is wrong with greylisting is said with file, line and key") {
  tests::TemporaryFolder folder;
  struct Case {
    const char* keys;
    const char* complaint;
  };
  const std::vector<Case> cases{
      {"enabled = 1", "enabled must be true or false"},
      {"mode = \"test\"", "mode must be"},
      {"on_failure = \"permit\"", "on_failure must be"},
      {"recipients = \"some\"", "recipients must be"},
      {"delay = 0", "delay must be a whole number from 1 to 86400"},
      {"window = 721", "window must be a whole number from 1 to 720"},
      {"lifetime = 0", "lifetime must be a whole number from 1 to 400"},
      {"delay = 3600\nwindow = 1", "delay must be shorter than window"},
      {"client_passes = -1", "client_passes must be a whole number from 0 to 1000"},
      {"domain_passes = 1001", "domain_passes must be a whole number from 0 to 1000"},
      {"ipv4_prefix = 33", "ipv4_prefix must be a whole number from 8 to 32"},
      {"ipv6_prefix = 8", "ipv6_prefix must be a whole number from 16 to 128"},
      {"exempt_networks = [\"here\"]", "exempt_networks can't be used: \"here\" is no network"},
      {"exempt_clients = [\".google.com\"]", "exempt_clients has .google.com, which is no domain"},
      {"exempt_clients = [\"a@b\"]", "exempt_clients has a@b, which is no domain"},
      {"exempt_recipients = [\"alice\"]", "exempt_recipients has alice, which is no \"user@domain\""},
      {"exempt_recipients = [\"@\"]", "exempt_recipients has @, which is no \"user@domain\""},
      {"passes = 1", "unknown key policyd.greylist.passes"},
  };
  for (const auto& c : cases) {
    INFO(c.keys);
    const std::string path =
        folder.write("extmail.toml", "[policyd.greylist]\n" + std::string(c.keys) + "\n");
    const std::string text = complaint(path);
    INFO(text);
    CHECK(text.find(path + ":2: ") == 0);
    CHECK(text.find(c.complaint) != std::string::npos);
  }
}
