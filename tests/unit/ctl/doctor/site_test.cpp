// SPDX-License-Identifier: MIT
#include "ctl/doctor/site.hpp"

#include "daemon/config_file.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <string>

using namespace extmail;
using namespace extmail::ctl;

TEST_CASE("what the host has to fit to is read from extmail.toml") {
  tests::TemporaryFolder folder;
  const auto good = folder.write("authd.password", "secret\n", 0400);
  const auto open = folder.write("mapd.password", "secret\n", 0404);
  const auto config = folder.write("extmail.toml", R"(
[mapd]
database_user = "m"
database_password_file = ")" + open + R"("
[[mapd.listen]]
path = "/s/maps"
[[mapd.listen]]
protocol = "tcp_table"
address = "127.0.0.1:1"
[maps.query.own]
sql = "SELECT 1"
[authd]
database_user = "a"
database_password_file = ")" + good + R"("
last_login = true
rehash = "bcrypt"
[[authd.listen]]
protocol = "saslauthd"
path = "/s/saslauthd"
[policyd.senders]
enabled = true
[policyd.quota]
enabled = true
usage = "table"
[policyd.decisions]
enabled = true
)");
  const auto site = read_site(config);
  REQUIRE(site.daemons.size() == 2);  // policyd listens nowhere
  CHECK(site.daemons[0].name == "mapd");
  CHECK_FALSE(site.daemons[0].account);
  CHECK(site.daemons[0].account_fault.find(open) != std::string::npos);
  REQUIRE(site.daemons[1].account);
  CHECK(site.daemons[1].account->user == "a");
  CHECK(site.daemons[1].account->password.view() == "secret");
  REQUIRE(site.listeners.size() == 2);
  CHECK(site.listeners[0].protocol == "socketmap");
  REQUIRE(site.find_listener("/s/saslauthd") != nullptr);
  CHECK(site.find_listener("/s/nowhere") == nullptr);
  CHECK(site.own_maps == std::vector<std::string>{"own"});
  CHECK(site.default_scheme == "CRYPT");
  CHECK(site.wants_last_login);
  CHECK(site.may_write_passwords);
  CHECK(site.checks_senders);
  CHECK(site.wants_usage_table);
  CHECK(site.wants_decision_table);
  CHECK_FALSE(site.wants_policy_table);
}

TEST_CASE("a file that is no configuration is refused") {
  tests::TemporaryFolder folder;
  CHECK_THROWS_AS(read_site(folder.path() + "/none"), daemon::ConfigError);
}
