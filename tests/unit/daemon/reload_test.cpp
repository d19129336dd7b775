// SPDX-License-Identifier: MIT
#include "daemon/main.hpp"
#include "support/catch.hpp"
#include "support/recording_log.hpp"

#include <string>
#include <vector>

using namespace extmail;
using daemon::ConfigError;
using daemon::FixedKeys;

TEST_CASE("A reload says what it could not apply") {
  struct Case {
    FixedKeys running;
    FixedKeys fresh;
    std::string needs_restart;
  };
  const std::vector<Case> cases{
      {{}, {}, ""},
      {{{"authd.hash_threads", "2"}, {"authd.listen", ""}},
       {{"authd.hash_threads", "2"}, {"authd.listen", ""}},
       ""},
      {{{"authd.hash_threads", "2"}, {"authd.rehash", "'off'"}},
       {{"authd.hash_threads", "4"}, {"authd.rehash", "'bcrypt'"}},
       "authd.hash_threads, authd.rehash"},
      // Keys of tables that are in one of the files only.
      {{}, {{"authd.throttle.entries", "4096"}}, "authd.throttle.entries"},
      {{{"authd.throttle.entries", "4096"}}, {}, "authd.throttle.entries"},
      {{{"authd.throttle.entries", ""}}, {}, ""},
  };
  for (const auto& c : cases) {
    INFO(c.needs_restart);
    tests::RecordingLog log;
    daemon::reload(log, c.running, [&] { return c.fresh; });
    CHECK(log.has("reloaded: the configuration was read again"));
    CHECK(log.has("; what has changed here needs a restart: ") != c.needs_restart.empty());
    CHECK((c.needs_restart.empty() || log.has("needs a restart: " + c.needs_restart)));
  }
}

TEST_CASE("A reload that fails leaves things as they were") {
  tests::RecordingLog log;
  daemon::reload(log, {},
                 []() -> FixedKeys { throw ConfigError("extmail.toml:1: one\nextmail.toml:2: two"); });
  CHECK(log.has("config_error: extmail.toml:1: one"));
  CHECK(log.has("config_error: extmail.toml:2: two"));
  CHECK(log.has("reload_failed: going on with the configuration from before"));
  CHECK_FALSE(log.has("reloaded"));
}
