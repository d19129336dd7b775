// SPDX-License-Identifier: MIT
#include "policyd/quota/destinations.hpp"

#include "support/catch.hpp"
#include "support/fake_directory.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace extmail;

namespace {

void fill(tests::FakeDirectory& directory) {
  directory.add_domain("test.com");
  directory.add_domain("alias.com");
  directory.add_mailbox("alice@test.com");
  directory.add_mailbox("bob@test.com");
  directory.add_mailbox("off@test.com").active = false;
  directory.add_mailbox("far@test.com").mailhost = "other.example.net";
  directory.add_alias("bob@test.com", "bob@test.com");
  directory.add_alias("team@test.com", "alice@test.com,bob@test.com");
  directory.add_alias("all@test.com", "team@test.com,Alice@Test.com,alice+x@test.com");
  directory.add_alias("mixed@test.com", "alice@test.com,joe@example.org");
  directory.add_alias("copy@test.com", "copy@test.com,alice@test.com");
  directory.add_alias("loop@test.com", "pool@test.com");
  directory.add_alias("pool@test.com", "loop@test.com");
  directory.add_alias("stale@test.com", "alice@test.com,off@test.com");
  directory.add_alias("odd@test.com", "|/bin/sh");
  directory.add_alias("@alias.com", "@test.com");
  std::string many;
  for (int i = 0; i < 150; ++i) {
    const std::string name = "user" + std::to_string(i) + "@test.com";
    directory.add_mailbox(name);
    many += (many.empty() ? "" : ",") + name;
  }
  directory.add_alias("everybody@test.com", many);
}

struct Case {
  const char* recipient;
  const char* mailboxes;  ///< sorted
  bool lead_elsewhere;
};

const std::vector<Case> kCases{
    {"alice@test.com", "alice@test.com", false},
    {"alice+shop@test.com", "alice@test.com", false},
    {"bob@test.com", "bob@test.com", false},
    {"bob+shop@test.com", "bob@test.com", false},
    {"team@test.com", "alice@test.com bob@test.com", false},
    {"team+x@test.com", "alice@test.com bob@test.com", false},
    {"all@test.com", "alice@test.com bob@test.com", false},
    {"alice@alias.com", "alice@test.com", false},
    {"team@alias.com", "alice@test.com bob@test.com", false},
    {"loop@test.com", "", false},
    {"copy@test.com", "alice@test.com", true},
    {"mixed@test.com", "alice@test.com", true},
    {"stale@test.com", "alice@test.com", true},
    {"off@test.com", "", true},
    {"odd@test.com", "", true},
    {"nobody@test.com", "", true},
    {"joe@example.org", "", true},
    {"everybody@test.com", "", true},
};

}  // namespace

TEST_CASE("Where mail ends up") {
  tests::FakeDirectory directory;
  fill(directory);
  const tests::FakeClock clock;
  const MailRules rules;
  for (const auto& c : kCases) {
    INFO(c.recipient);
    const auto found = policyd::find_destinations(*parse_address(c.recipient), directory, clock, rules);
    REQUIRE(found.is_found());
    CHECK(found.value().lead_elsewhere == c.lead_elsewhere);
    if (c.lead_elsewhere) continue;  // then it is not followed to its end
    std::vector<std::string> names;
    for (const auto& mailbox : found.value().mailboxes)
      names.push_back(mailbox.username);
    std::sort(names.begin(), names.end());
    std::string joined;
    for (const auto& name : names)
      joined += (joined.empty() ? "" : " ") + name;
    CHECK(joined == c.mailboxes);
  }
}

TEST_CASE("A mailbox of another host is elsewhere, where its mail is sent on") {
  tests::FakeDirectory directory;
  fill(directory);
  const tests::FakeClock clock;
  for (const char* transport : {"", "lmtp:inet:%h"}) {
    MailRules rules;
    rules.mailhost_transport = transport;
    const auto found = policyd::find_destinations(*parse_address("far@test.com"), directory, clock, rules);
    REQUIRE(found.is_found());
    CHECK(found.value().lead_elsewhere == !rules.mailhost_transport.empty());
  }
}

TEST_CASE("Without the directory nobody can tell") {
  tests::FakeDirectory directory;
  const tests::FakeClock clock;
  for (const auto outcome : {Outcome::TemporaryFailure, Outcome::PermanentFailure}) {
    directory.fail_with(outcome);
    const auto found =
        policyd::find_destinations(*parse_address("alice@test.com"), directory, clock, MailRules{});
    CHECK(found.outcome() == outcome);
  }
}
