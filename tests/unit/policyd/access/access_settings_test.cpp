// SPDX-License-Identifier: MIT
#include "policyd/access/access_settings.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <string>
#include <vector>

using namespace extmail;
using daemon::ConfigError;
using daemon::ConfigFile;
using policyd::OnFailure;
using policyd::RuleSettings;

namespace {

struct Settings {
  policyd::SenderSettings senders;
  policyd::ForgedSenderSettings forged;
  policyd::RowRuleSettings lists;
};

Settings read(const std::string& path, bool has_policy_table = false) {
  ConfigFile file(path);
  auto policyd = file.table("policyd");
  Settings settings{policyd::read_senders(policyd, OnFailure::Defer),
                    policyd::read_forged_senders(policyd, OnFailure::Defer),
                    policyd::read_row_rule(policyd, "lists", OnFailure::Defer, has_policy_table)};
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

constexpr RuleSettings kDefer{.on_failure = OnFailure::Defer, .is_log_only = false};
constexpr RuleSettings kTried{.on_failure = OnFailure::Reject, .is_log_only = true};

}  // namespace

TEST_CASE("Rules about access have defaults") {
  tests::TemporaryFolder folder;
  for (const char* text :
       {"", "[policyd]\n", "[policyd.senders]\n[policyd.forged_senders]\n[policyd.lists]\n"}) {
    INFO(text);
    const auto settings = read(folder.write("extmail.toml", text));
    CHECK_FALSE(settings.senders.enabled);
    CHECK(settings.senders.rule == kDefer);
    CHECK(settings.senders.checks_ownership);
    CHECK(settings.senders.allows_null_sender);
    CHECK_FALSE(settings.forged.enabled);
    CHECK(settings.forged.rule == kDefer);
    CHECK_FALSE(settings.lists.enabled);
    CHECK(settings.lists.rule == kDefer);
    CHECK(read(folder.write("extmail.toml", text), true).lists.enabled);
  }
  const auto settings = read(folder.write("extmail.toml", "[policyd.forged_senders]\n"));
  CHECK(settings.forged.networks == NetworkList::parse("127.0.0.0/8 ::1").value());
}

TEST_CASE("Everything about access can be set") {
  tests::TemporaryFolder folder;
  const std::string rule = "enabled = true\nmode = \"log\"\non_failure = \"reject\"\n";
  const auto path =
      folder.write("extmail.toml", "[policyd.senders]\nnull_sender = false\nownership = false\n" + rule +
                                       "[policyd.forged_senders]\ntrusted_networks = [\"192.0.2.0/24\"]\n" +
                                       rule + "[policyd.lists]\n" + rule);
  const auto settings = read(path, true);
  CHECK(settings.senders.enabled);
  CHECK(settings.senders.rule == kTried);
  CHECK_FALSE(settings.senders.checks_ownership);
  CHECK_FALSE(settings.senders.allows_null_sender);
  CHECK(settings.forged.enabled);
  CHECK(settings.forged.rule == kTried);
  CHECK(settings.forged.networks == NetworkList::parse("192.0.2.0/24").value());
  CHECK(settings.lists.enabled);
  CHECK(settings.lists.rule == kTried);
  const auto off = read(folder.write("extmail.toml", "[policyd.lists]\nenabled = false\n"), true);
  CHECK_FALSE(off.lists.enabled);
}

TEST_CASE("What is wrong with rules about access is said with file, line and key") {
  tests::TemporaryFolder folder;
  struct Case {
    const char* table;
    const char* keys;
    const char* complaint;
  };
  const std::vector<Case> cases{
      {"senders", "enabled = 1", "policyd.senders.enabled must be true or false"},
      {"senders", "mode = \"test\"", "policyd.senders.mode must be"},
      {"senders", "ownership = \"yes\"", "policyd.senders.ownership must be true or false"},
      {"senders", "null_sender = \"no\"", "policyd.senders.null_sender must be true or false"},
      {"senders", "enabled = true\nownership = false", "policyd.senders.enabled has nothing to check"},
      {"senders", "own = true", "unknown key policyd.senders.own"},
      {"forged_senders", "enabled = 1", "policyd.forged_senders.enabled must be true or false"},
      {"forged_senders", "on_failure = \"permit\"", "policyd.forged_senders.on_failure must be"},
      {"forged_senders", "trusted_networks = [\"here\"]",
       "policyd.forged_senders.trusted_networks can't be used: \"here\" is no network"},
      {"forged_senders", "networks = []", "unknown key policyd.forged_senders.networks"},
      {"lists", "enabled = true", "policyd.lists.enabled needs policy_table = true in [policyd]"},
      {"lists", "mode = 1", "policyd.lists.mode must be"},
      {"lists", "rows = 1", "unknown key policyd.lists.rows"},
  };
  for (const auto& c : cases) {
    INFO(c.table << ": " << c.keys);
    const std::string path =
        folder.write("extmail.toml", "[policyd." + std::string(c.table) + "]\n" + c.keys + "\n");
    const std::string text = complaint(path);
    INFO(text);
    CHECK(text.find(path + ":2: ") == 0);
    CHECK(text.find(c.complaint) != std::string::npos);
  }
}
