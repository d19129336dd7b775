// SPDX-License-Identifier: MIT
#include "policyd/quota/quota_settings.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <string>
#include <vector>

using namespace extmail;
using daemon::ConfigError;
using daemon::ConfigFile;
using policyd::OnFailure;
using policyd::QuotaSettings;

namespace {

QuotaSettings read(const std::string& path) {
  ConfigFile file(path);
  auto policyd = file.table("policyd");
  auto settings = policyd::read_quota(policyd, OnFailure::Dunno);
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

TEST_CASE("The settings of the quota rule") {
  struct Case {
    const char* text;
    QuotaSettings settings;
  };
  const std::vector<Case> cases{
      {"", {}},
      {"[policyd.quota]\n", {}},
      {"[policyd.quota]\nenabled = true\n",
       {.enabled = true,
        .rule = {},
        .usage = QuotaSettings::Usage::MaildirSize,
        .defers = false,
        .grace_percent = 10}},
      {"[policyd.quota]\nenabled = true\nmode = \"log\"\non_failure = \"defer\"\nusage = "
       "\"table\"\nwhen_full = \"defer\"\n"
       "grace_percent = 0\n",
       {.enabled = true,
        .rule = {.on_failure = OnFailure::Defer, .is_log_only = true},
        .usage = QuotaSettings::Usage::Table,
        .defers = true,
        .grace_percent = 0}},
  };
  tests::TemporaryFolder folder;
  for (const auto& c : cases) {
    INFO(c.text);
    CHECK(read(folder.write("extmail.toml", c.text)) == c.settings);
  }
}

TEST_CASE("What is wrong with the quota rule's settings is said with file, line and key") {
  struct Case {
    const char* key;
    const char* complaint;
  };
  const std::vector<Case> cases{
      {"enabled = \"yes\"", ":2: policyd.quota.enabled must be true or false"},
      {"usage = \"dict\"", ":2: policyd.quota.usage must be"},
      {"when_full = \"bounce\"", ":2: policyd.quota.when_full must be"},
      {"grace_percent = 101", ":2: policyd.quota.grace_percent must be a whole number from 0 to 100"},
      {"grace_percent = -1", ":2: policyd.quota.grace_percent must be a whole number from 0 to 100"},
      {"mode = \"off\"", ":2: policyd.quota.mode must be"},
      {"full = true", ":2: unknown key policyd.quota.full"},
  };
  tests::TemporaryFolder folder;
  for (const auto& c : cases) {
    INFO(c.key);
    const std::string path = folder.write("extmail.toml", "[policyd.quota]\n" + std::string(c.key) + "\n");
    const std::string text = complaint(path);
    INFO(text);
    CHECK(text.find(path + c.complaint) == 0);
  }
}
