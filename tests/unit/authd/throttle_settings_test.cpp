// SPDX-License-Identifier: MIT
#include "authd/throttle_settings.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <string>
#include <vector>

using namespace extmail;
using namespace std::chrono_literals;
using daemon::ConfigError;
using daemon::ConfigFile;

namespace {

authd::LoginThrottle::Settings read(const std::string& path) {
  ConfigFile file(path);
  auto authd = file.table("authd");
  auto settings = authd::read_throttle(authd);
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

TEST_CASE("Without a table for it, logins are throttled by the defaults, and this host is exempt") {
  tests::TemporaryFolder folder;
  for (const char* text : {"", "[authd]\n", "[authd.throttle]\n"}) {
    INFO(text);
    const auto settings = read(folder.write("extmail.toml", text));
    CHECK(settings.enabled);
    CHECK(settings.exempt == NetworkList::parse("127.0.0.0/8, ::1").value());
    CHECK(settings.free_for_user == 5);
    CHECK(settings.free_for_address == 10);
    CHECK(settings.free_for_network == 50);
    CHECK(settings.max_delay == 6s);
    CHECK(settings.half_life == 1h);
    CHECK(settings.entries == 65'536);
  }
}

TEST_CASE("Every number of the throttle can be set") {
  tests::TemporaryFolder folder;
  const auto settings = read(folder.write("extmail.toml",
                                          "[authd.throttle]\nenabled = false\n"
                                          "exempt_networks = [\"192.0.2.0/24\", \"2001:db8::/32, ::1\"]\n"
                                          "free_failures_user = 1\nfree_failures_address = 2\n"
                                          "free_failures_network = 3\nmax_delay = 0\nhalf_life = 5\n"
                                          "entries = 2048\n"));
  CHECK_FALSE(settings.enabled);
  CHECK(settings.exempt == NetworkList::parse("192.0.2.0/24 2001:db8::/32 ::1").value());
  CHECK(settings.free_for_user == 1);
  CHECK(settings.free_for_address == 2);
  CHECK(settings.free_for_network == 3);
  CHECK(settings.max_delay == 0s);
  CHECK(settings.half_life == 5min);
  CHECK(settings.entries == 2048);
}

TEST_CASE("This host need not be exempt") {
  tests::TemporaryFolder folder;
  CHECK(read(folder.write("extmail.toml", "[authd.throttle]\nexempt_networks = []\n")).exempt.is_empty());
}

TEST_CASE("What is wrong with the throttle is said with file, line and key") {
  tests::TemporaryFolder folder;
  struct Case {
    const char* text;
    const char* complaint;
  };
  const std::vector<Case> cases{
      {"[authd]\nthrottle = true\n", ":2: authd.throttle must be a table: [authd.throttle]"},
      {"[authd.throttle]\nenabled = \"no\"\n", ":2: authd.throttle.enabled must be true or false"},
      {"[authd.throttle]\nexempt_networks = \"::1\"\n",
       ":2: authd.throttle.exempt_networks must be a list of texts"},
      {"[authd.throttle]\n\nexempt_networks = [\"::1\", \"10.0.0.0/40\"]\n",
       ":3: authd.throttle.exempt_networks can't be used: \"10.0.0.0/40\" is no network"},
      {"[authd.throttle]\nfree_failures_user = 0\n",
       ":2: authd.throttle.free_failures_user must be a whole number from 1 to 100"},
      {"[authd.throttle]\nfree_failures_address = 101\n",
       ":2: authd.throttle.free_failures_address must be a whole number from 1 to 100"},
      {"[authd.throttle]\nfree_failures_network = \"many\"\n",
       ":2: authd.throttle.free_failures_network must be a whole number from 1 to 100"},
      {"[authd.throttle]\nmax_delay = 9\n",
       ":2: authd.throttle.max_delay must be a whole number from 0 to 8"},
      {"[authd.throttle]\nhalf_life = 0\n",
       ":2: authd.throttle.half_life must be a whole number from 1 to 10080"},
      {"[authd.throttle]\nentries = 1\n",
       ":2: authd.throttle.entries must be a whole number from 1024 to 16777216"},
      {"[authd.throttle]\nfree_failures = 5\n",
       ":2: unknown key authd.throttle.free_failures; known are enabled, entries, exempt_networks,"},
  };
  for (const auto& c : cases) {
    INFO(c.text);
    const std::string path = folder.write("extmail.toml", c.text);
    const std::string text = complaint(path);
    INFO(text);
    CHECK(text.find(path + c.complaint) == 0);
  }
}
