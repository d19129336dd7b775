// SPDX-License-Identifier: MIT
#include "core/address_maps.hpp"

#include "maps/map_table.hpp"
#include "support/catch.hpp"
#include "support/fake_directory.hpp"
#include "support/scenarios.hpp"

#include <string>

using namespace extmail;
using tests::FakeClock;
using tests::FakeDirectory;

namespace {

const AddressMaps::Settings kSettings{{}, "+"};

constexpr const char* kAddressMaps[] = {"virtual_mailbox_maps", "virtual_alias_maps",
                                        "smtpd_sender_login_maps", "recipient_access"};

Answer<std::string> ask(const AddressMaps& maps, const char* map, const char* key) {
  const auto lookup = maps::find_map(map);
  REQUIRE(lookup != nullptr);
  return (maps.*lookup)(key, {});
}

}  // namespace

TEST_CASE("Maps answer as Postfix would find in indexed tables") {
  FakeDirectory directory;
  tests::fill_with_scenarios(directory);
  const FakeClock clock;
  const AddressMaps maps(directory, clock, kSettings);
  for (const auto& s : tests::scenarios()) {
    INFO(s.story << ": " << s.key);
    const auto answer = ask(maps, s.map, s.key);
    if (s.answer == nullptr) {
      CHECK(answer.outcome() == Outcome::NotFound);
    } else {
      REQUIRE(answer.outcome() == Outcome::Found);
      CHECK(answer.value() == s.answer);
    }
  }
}

TEST_CASE("Trouble in the directory is never 'not found'") {
  for (const auto outcome : {Outcome::TemporaryFailure, Outcome::PermanentFailure}) {
    FakeDirectory directory;
    tests::fill_with_scenarios(directory);
    directory.fail_with(outcome);
    const FakeClock clock;
    const AddressMaps maps(directory, clock, kSettings);
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
  const AddressMaps maps(directory, clock, kSettings);
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
  const AddressMaps::Settings settings{{.enforce_expiry = false, .enforce_domain_services = false}, "+"};
  const AddressMaps maps(directory, clock, settings);
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
  const AddressMaps maps(directory, clock, kSettings);
  CHECK(maps.smtpd_sender_login_maps("a0@test.com", {}).outcome() == Outcome::PermanentFailure);
  CHECK(directory.queries < 1000);
}
