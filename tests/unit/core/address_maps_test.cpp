// SPDX-License-Identifier: MIT
#include "core/address_maps.hpp"

#include "support/catch.hpp"
#include "support/fake_directory.hpp"

#include <string>
#include <vector>

using namespace extmail;
using tests::FakeClock;
using tests::FakeDirectory;

namespace {

/// test.com as the guide sets it up, with one of everything that can stand in the tables.
void fill(FakeDirectory& directory) {
  directory.add_domain("test.com");
  directory.add_domain("old.com").active = false;
  directory.add_domain("gone.com").expires = "2026-06-15";
  directory.add_domain("other.com");

  directory.add_mailbox("postmaster@test.com");
  directory.add_mailbox("Alice@test.com");
  directory.add_mailbox("carol@test.com").active = false;
  directory.add_mailbox("late@test.com").expires = "2026-06-15";
  directory.add_mailbox("mute@test.com").disabled.smtp = true;
  directory.add_mailbox("nomaildir@test.com").maildir = "";
  directory.add_mailbox("boss@test.com");
  directory.add_mailbox("x@old.com");

  directory.add_alias("support@test.com", "postmaster@test.com");
  directory.add_alias("team@test.com", "postmaster@test.com,alice@test.com,friend@elsewhere.org");
  directory.add_alias("boss@test.com", "boss@test.com,alice@test.com");
  directory.add_alias("off@test.com", "alice@test.com").active = false;
  directory.add_alias("empty@test.com", "");
  directory.add_alias("bare@test.com", "alice");
  directory.add_alias("loop-a@test.com", "loop-b@test.com");
  directory.add_alias("loop-b@test.com", "loop-a@test.com,alice@test.com");
  directory.add_alias("@test.com", "postmaster@test.com");
  directory.add_alias("@other.com", "@test.com");
}

using Map = Answer<std::string> (AddressMaps::*)(std::string_view, Deadline) const;

struct Scenario {
  const char* story;
  Map map;
  const char* key;
  const char* answer;  ///< null is not found
};

constexpr Map kDomains = &AddressMaps::virtual_mailbox_domains;
constexpr Map kMailboxes = &AddressMaps::virtual_mailbox_maps;
constexpr Map kAliases = &AddressMaps::virtual_alias_maps;
constexpr Map kLogins = &AddressMaps::smtpd_sender_login_maps;
constexpr Map kAccess = &AddressMaps::recipient_access;

const std::vector<Scenario> kScenarios{
    {"a domain of ours", kDomains, "test.com", "test.com"},
    {"in any case", kDomains, "TEST.com", "test.com"},
    {"an inactive one", kDomains, "old.com", nullptr},
    {"one that expires today", kDomains, "gone.com", nullptr},
    {"one we don't know", kDomains, "example.org", nullptr},
    {"an address is no domain", kDomains, "alice@test.com", nullptr},

    {"a mailbox", kMailboxes, "postmaster@test.com", "test.com/postmaster/Maildir/"},
    {"in any case", kMailboxes, "ALICE@Test.com", "test.com/Alice/Maildir/"},
    {"with an extension", kMailboxes, "alice+lists@test.com", "test.com/Alice/Maildir/"},
    {"no maildir column", kMailboxes, "nomaildir@test.com", "nomaildir@test.com"},
    {"inactive", kMailboxes, "carol@test.com", nullptr},
    {"expired", kMailboxes, "late@test.com", nullptr},
    {"may not receive", kMailboxes, "mute@test.com", nullptr},
    {"of an inactive domain", kMailboxes, "x@old.com", nullptr},
    {"an alias is no mailbox", kMailboxes, "support@test.com", nullptr},
    {"an address literal", kMailboxes, "postmaster@[127.0.0.1]", nullptr},

    {"an alias", kAliases, "support@test.com", "postmaster@test.com"},
    {"of several", kAliases, "team@test.com", "postmaster@test.com,alice@test.com,friend@elsewhere.org"},
    {"an extension comes back", kAliases, "team+x@test.com",
     "postmaster+x@test.com,alice+x@test.com,friend+x@elsewhere.org"},
    {"an explicit alias wins over its mailbox", kAliases, "boss@test.com", "boss@test.com,alice@test.com"},
    {"a mailbox wins over the catch-all", kAliases, "alice@test.com", nullptr},
    {"with an extension too", kAliases, "alice+tag@test.com", nullptr},
    {"an inactive one too: its mail is nobody else's", kAliases, "carol@test.com", nullptr},
    {"the catch-all takes the rest", kAliases, "nobody@test.com", "postmaster@test.com"},
    {"also where an alias is inactive", kAliases, "off@test.com", "postmaster@test.com"},
    {"or empty", kAliases, "empty@test.com", "postmaster@test.com"},
    {"a bare target stays in its domain", kAliases, "bare@test.com", "alice@test.com"},
    {"a domain alias keeps the user", kAliases, "alice@other.com", "alice@test.com"},
    {"and its extension", kAliases, "alice+x@other.com", "alice+x@test.com"},
    {"a comma in a quoted local part stays in it", kAliases, "\"a,root\"@other.com", "\"a,root\"@test.com"},
    {"and in an extension", kAliases, "\"support+a,b\"@test.com", "\"postmaster+a,b\"@test.com"},
    {"a domain we don't know", kAliases, "a@example.org", nullptr},
    {"a bare domain, as virtual_alias_domains asks", kAliases, "test.com", nullptr},
    {"the empty key", kAliases, "", nullptr},

    {"a mailbox owns its address", kLogins, "alice@test.com", "Alice@test.com"},
    {"also while it is disabled", kLogins, "carol@test.com", "carol@test.com"},
    {"the members of an alias own it", kLogins, "team@test.com", "Alice@test.com,postmaster@test.com"},
    {"a loop ends", kLogins, "loop-a@test.com", "Alice@test.com"},
    {"a mailbox and its alias's members", kLogins, "boss@test.com", "boss@test.com,Alice@test.com"},
    {"the catch-all's mailbox owns the rest", kLogins, "nobody@test.com", "postmaster@test.com"},
    {"through a domain alias", kLogins, "alice@other.com", "Alice@test.com"},
    {"nobody owns a stranger's address", kLogins, "a@example.org", nullptr},
    {"nor the null sender", kLogins, "<>", nullptr},

    {"an inactive recipient", kAccess, "carol@test.com",
     "550 5.2.1 the mailbox is inactive, it does not accept mail"},
    {"an expired one", kAccess, "late@test.com",
     "550 5.2.1 the mailbox has expired, it does not accept mail"},
    {"one that may not receive", kAccess, "mute+x@test.com",
     "550 5.2.1 the mailbox has this service disabled, it does not accept mail"},
    {"one that may", kAccess, "alice@test.com", nullptr},
    {"an alias", kAccess, "support@test.com", nullptr},
    {"an unknown one is Postfix's to refuse", kAccess, "nobody@example.org", nullptr},
    {"a domain that is not ours is none of our business", kAccess, "x@old.com", nullptr},
};

}  // namespace

TEST_CASE("Maps answer as Postfix would find in indexed tables") {
  FakeDirectory directory;
  fill(directory);
  const FakeClock clock;
  const AddressMaps maps(directory, clock, {{}, "+"});
  for (const auto& s : kScenarios) {
    INFO(s.story << ": " << s.key);
    const auto answer = (maps.*s.map)(s.key, {});
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
    fill(directory);
    directory.fail_with(outcome);
    const FakeClock clock;
    const AddressMaps maps(directory, clock, {{}, "+"});
    CHECK(maps.virtual_mailbox_domains("test.com", {}).outcome() == outcome);
    for (const Map map : {kMailboxes, kAliases, kLogins, kAccess}) {
      CHECK((maps.*map)("alice@test.com", {}).outcome() == outcome);
      CHECK((maps.*map)("nobody@test.com", {}).outcome() == outcome);
    }
  }
}

TEST_CASE("Keys that no row can match cost no query") {
  FakeDirectory directory;
  directory.fail_with(Outcome::TemporaryFailure);
  const FakeClock clock;
  const AddressMaps maps(directory, clock, {{}, "+"});
  for (const Map map : {kDomains, kMailboxes, kAliases, kLogins, kAccess}) {
    for (const char* key : {"", "*", "[1.2.3.4]", "\"x@y\"@d"})
      CHECK((maps.*map)(key, {}).is_not_found());
  }
  CHECK(directory.queries == 0);
}

TEST_CASE("Expiry is ignored where the configuration says so") {
  FakeDirectory directory;
  fill(directory);
  const FakeClock clock;
  const AddressMaps maps(directory, clock,
                         {{.enforce_expiry = false, .enforce_domain_services = false}, "+"});
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
  const AddressMaps maps(directory, clock, {{}, "+"});
  CHECK(maps.smtpd_sender_login_maps("a0@test.com", {}).is_not_found());
  CHECK(directory.queries < 10000);
}
