// SPDX-License-Identifier: MIT
#include "core/address_maps.hpp"

#include "core/idn.hpp"
#include "core/map_table.hpp"
#include "core/printable.hpp"
#include "support/catch.hpp"
#include "support/fake_directory.hpp"
#include "support/scenarios.hpp"

#include <initializer_list>
#include <string>

using namespace extmail;
using tests::FakeClock;
using tests::FakeDirectory;

namespace {

const MailRules& guide_rules() {
  return tests::scenario_rules("guide");
}

constexpr const char* kAddressMaps[] = {"virtual_mailbox_maps",    "virtual_alias_maps",
                                        "smtpd_sender_login_maps", "transport_maps",
                                        "relay_recipient_maps",    "virtual_mailbox_limit_maps",
                                        "virtual_uid_maps",        "virtual_gid_maps",
                                        "recipient_access",        "sender_access"};

Answer<std::string> ask(const AddressMaps& maps, std::string_view map, std::string_view key) {
  const auto lookup = find_map(map);
  REQUIRE(lookup != nullptr);
  return (maps.*lookup)(key, {});
}

}  // namespace

TEST_CASE("Maps answer as Postfix would find in indexed tables") {
  FakeDirectory directory;
  tests::fill_with_scenarios(directory);
  const FakeClock clock;
  const IdnDirectory either_form(directory);
  for (const auto& s : tests::scenarios()) {
    INFO(s.story << ": " << s.map << ' ' << printable(s.key, 200) << ", rules " << s.rules);
    const AddressMaps maps(either_form, clock, tests::scenario_rules(s.rules));
    const auto answer = ask(maps, s.map, s.key);
    CHECK(answer.outcome() == s.answer.outcome);
    if (answer.is_found()) CHECK(answer.value() == s.answer.text);
    if (answer.is_failure()) CHECK(answer.reason().find(s.answer.text) != std::string::npos);
  }
}

TEST_CASE("Trouble in the directory is never 'not found'") {
  for (const auto outcome : {Outcome::TemporaryFailure, Outcome::PermanentFailure}) {
    FakeDirectory directory;
    tests::fill_with_scenarios(directory);
    directory.fail_with(outcome);
    const FakeClock clock;
    const AddressMaps maps(directory, clock, guide_rules());
    CHECK(maps.virtual_mailbox_domains("test.com", {}).outcome() == outcome);
    for (const char* map : kAddressMaps) {
      CHECK(ask(maps, map, "alice@test.com").outcome() == outcome);
      CHECK(ask(maps, map, "nobody@test.com").outcome() == outcome);
    }
  }
}

TEST_CASE("Keys that no row can match cost no query") {
  FakeDirectory directory;
  directory.fail_with(Outcome::TemporaryFailure);
  const FakeClock clock;
  const AddressMaps maps(directory, clock, guide_rules());
  for (const char* map : kAddressMaps) {
    for (const char* key : {"", "*", "[1.2.3.4]", "\"x@y\"@d"})
      CHECK(ask(maps, map, key).is_not_found());
  }
  CHECK(directory.queries == 0);
}

TEST_CASE("Expiry is ignored where the configuration says so") {
  FakeDirectory directory;
  tests::fill_with_scenarios(directory);
  const FakeClock clock;
  MailRules rules;
  rules.access.enforce_expiry = false;
  const AddressMaps maps(directory, clock, rules);
  CHECK(maps.virtual_mailbox_domains("gone.com", {}).is_found());
  CHECK(maps.virtual_mailbox_maps("late@test.com", {}).is_found());
}

TEST_CASE("An endless chain of aliases is cut") {
  FakeDirectory directory;
  directory.add_domain("test.com");
  for (int i = 0; i < 3000; ++i) {
    directory.add_alias("a" + std::to_string(i) + "@test.com", "a" + std::to_string(i + 1) + "@test.com");
  }
  const FakeClock clock;
  const AddressMaps maps(directory, clock, guide_rules());
  CHECK(maps.smtpd_sender_login_maps("a0@test.com", {}).outcome() == Outcome::PermanentFailure);
  CHECK(directory.queries < 1000);
}

TEST_CASE("What a row may not choose is a permanent failure that names the row") {
  FakeDirectory directory;
  directory.add_domain("test.com");
  const FakeClock clock;
  const AddressMaps maps(directory, clock, guide_rules());
  auto& mailbox = directory.add_mailbox("mallory@test.com");
  for (const char* mailhost : {"store:25", "[10.0.0.1]", "a b", "store],smtp:[evil", "fd00::1::2"}) {
    mailbox.mailhost = mailhost;
    const auto answer = ask(maps, "transport_maps", "mallory@test.com");
    CHECK(answer.outcome() == Outcome::PermanentFailure);
    CHECK(answer.reason().find("mallory@test.com") != std::string::npos);
  }
  mailbox.mailhost = "fd00::1";
  CHECK(ask(maps, "transport_maps", "mallory@test.com").value() == "lmtp:inet:[fd00::1]:24");
  mailbox.uidnumber = 0;
  CHECK(ask(maps, "virtual_uid_maps", "mallory@test.com").outcome() == Outcome::PermanentFailure);
  mailbox.uidnumber = 2525;
  mailbox.gidnumber = 0;
  CHECK(ask(maps, "virtual_gid_maps", "mallory@test.com").outcome() == Outcome::PermanentFailure);
}

TEST_CASE("A long chain of parent domains is followed for a bounded number of questions") {
  FakeDirectory directory;
  const FakeClock clock;
  const AddressMaps maps(directory, clock, guide_rules());
  std::string name = "com";
  for (int i = 0; i < 120; ++i)
    name.insert(0, "a.");
  CHECK(ask(maps, "relay_domains", name.c_str()).is_not_found());
  CHECK(directory.queries <= 17);
}

TEST_CASE("Logins may send as what the map gives them, and of what leads to too many as themselves") {
  FakeDirectory directory;
  tests::fill_with_scenarios(directory);
  std::string members;
  for (int i = 0; i < 150; ++i)
    members += "m" + std::to_string(i) + "@test.com,";
  directory.add_alias("alice@everybody.com", members + "bob@test.com");
  directory.add_mailbox("alice@everybody.com");
  const FakeClock clock;
  const AddressMaps maps(directory, clock, guide_rules());
  struct Case {
    const char* login;
    const char* address;
    bool may;
  };
  for (const auto& c : std::initializer_list<Case>{
           {"alice@test.com", "alice@test.com", true},
           {"alice@test.com", "ALICE+x@test.com", true},
           {"alice@test.com", "team@test.com", true},
           {"alice@test.com", "news+daily@test.com", true},
           {"bob@test.com", "alice@test.com", false},
           {"bob@test.com", "team@test.com", false},
           {"alice@test.com", "link21@test.com", true},
           {"alice@test.com", "link0@test.com", false},
           {"alice@test.com", "crowd@test.com", false},
           {"alice@everybody.com", "alice@everybody.com", true},
           {"bob@test.com", "alice@everybody.com", false},
           {"alice@test.com", "a@example.org", false},
           {"", "a@example.org", false},
       }) {
    INFO(c.login << " as " << c.address);
    const auto answer = maps.may_send_as(c.login, *parse_address(c.address), {});
    REQUIRE(answer.is_found());
    CHECK(answer.value() == c.may);
  }
  directory.fail_with(Outcome::TemporaryFailure);
  CHECK(maps.may_send_as("alice@test.com", *parse_address("alice@test.com"), {}).outcome() ==
        Outcome::TemporaryFailure);
}
