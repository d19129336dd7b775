// SPDX-License-Identifier: MIT
#include "policyd/limits/limit_settings.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <string>

using namespace extmail;
using namespace std::chrono_literals;
using policyd::Limit;
using policyd::LimitsSettings;

namespace {

LimitsSettings read(const std::string& text) {
  tests::TemporaryFolder folder;
  daemon::ConfigFile file(folder.write("extmail.toml", text));
  auto table = file.table("policyd");
  auto settings = policyd::read_limits(table, policyd::OnFailure::Dunno);
  file.finish();
  return settings;
}

}  // namespace

TEST_CASE("Without a table there is no limit") {
  CHECK_FALSE(read("").enabled());
  CHECK_FALSE(read("[policyd.limits]\non_failure = \"defer\"\n").enabled());
}

TEST_CASE("A limit needs a name and a number, and has defaults for the rest") {
  const auto settings = read("[[policyd.limit]]\nname = \"per-hour\"\nlimit = 100\n");
  REQUIRE(settings.limits.size() == 1);
  const Limit& limit = settings.limits.front();
  CHECK(limit.name == "per-hour");
  CHECK(limit.per == Limit::Per::SaslUsername);
  CHECK(limit.count == Limit::Count::Recipients);
  CHECK(limit.window.limit == 100);
  CHECK(limit.window.period == 3600s);
  CHECK_FALSE(limit.burst);
  CHECK(limit.exempt_networks.is_empty());
  CHECK(limit.action == "450 4.7.1 limit per-hour is reached, please try again later");
  CHECK_FALSE(limit.is_log_only);
}

TEST_CASE("A limit's keys are read") {
  const auto settings = read(R"([policyd.limits]
on_failure = "reject"
[[policyd.limit]]
name = "net"
per = "client_network"
count = "bytes"
limit = 1000000
period = 86400
burst = 1000
burst_period = 60
ipv4_prefix = 24
ipv6_prefix = 48
exempt_networks = ["192.0.2.0/24"]
action = "hold"
text = "too much"
mode = "log"
[[policyd.limit]]
name = "net2"
per = "client_network"
limit = 1
action = "reject"
)");
  CHECK(settings.rule.on_failure == policyd::OnFailure::Reject);
  REQUIRE(settings.limits.size() == 2);
  const Limit& limit = settings.limits[0];
  CHECK(limit.per == Limit::Per::ClientNetwork);
  CHECK(limit.count == Limit::Count::Bytes);
  CHECK(limit.window.period == 86400s);
  REQUIRE(limit.burst);
  CHECK(limit.burst->limit == 1000);
  CHECK(limit.burst->period == 60s);
  CHECK(limit.prefixes.ipv4 == 24);
  CHECK(limit.prefixes.ipv6 == 48);
  CHECK(limit.exempt_networks.contains(IpAddress::parse("192.0.2.9")));
  CHECK(limit.action == "HOLD too much");
  CHECK(limit.is_log_only);
  // Webmail on this host acts for everybody.
  CHECK(settings.limits[1].exempt_networks.contains(IpAddress::parse("127.0.0.1")));
  CHECK(settings.limits[1].action == "550 5.7.1 limit net2 is reached");
}

TEST_CASE("What is wrong with a limit is said, with the key") {
  struct Line {
    const char* text;
    const char* complaint;
  };
  const std::string sound = "name = \"a\"\nlimit = 1\n";
  for (const auto& line : {
           Line{"limit = 1\n", "name"},
           Line{"name = \"a\"\n", "limit"},
           Line{"name = \"A B\"\nlimit = 1\n", "name"},
           Line{"name = \"a\"\nlimit = 0\n", "limit"},
           Line{"name = \"a\"\nlimit = 1\nper = \"user\"\n", "per"},
           Line{"name = \"a\"\nlimit = 1\ncount = \"mails\"\n", "count"},
           Line{"name = \"a\"\nlimit = 1\nperiod = 0\n", "period"},
           Line{"name = \"a\"\nlimit = 1\nburst = 5\n", "burst_period"},
           Line{"name = \"a\"\nlimit = 1\nburst_period = 5\n", "burst"},
           Line{"name = \"a\"\nlimit = 1\nburst = 5\nburst_period = 3600\n", "burst_period"},
           Line{"name = \"a\"\nlimit = 1\naction = \"drop\"\n", "action"},
           Line{"name = \"a\"\nlimit = 1\ntext = \"a\\nb\"\n", "text"},
           Line{"name = \"a\"\nlimit = 1\nexempt_networks = [\"x\"]\n", "exempt_networks"},
           Line{"name = \"a\"\nlimit = 1\nlimits = 1\n", "limits"},
       }) {
    CAPTURE(line.text);
    CHECK_THROWS_WITH(read(std::string("[[policyd.limit]]\n") + line.text),
                      tests::contains_text(line.complaint));
  }
  CHECK_THROWS_WITH(read("[[policyd.limit]]\n" + sound + "[[policyd.limit]]\n" + sound),
                    tests::contains_text("another limit"));
}
