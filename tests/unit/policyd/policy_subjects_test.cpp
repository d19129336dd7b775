// SPDX-License-Identifier: MIT
#include "policyd/policy_subjects.hpp"

#include "support/catch.hpp"
#include "support/fake_directory.hpp"

#include <string>
#include <vector>

using namespace extmail;
using namespace extmail::policyd;
using Texts = std::vector<std::string>;

TEST_CASE("An address is meant by itself, its domain and everybody, the closest first") {
  struct Case {
    const char* address;
    Texts subjects;
  };
  const std::vector<Case> cases{
      {"Alice@Test.com", {"alice@test.com", "@test.com", "*"}},
      {"alice+x@test.com", {"alice+x@test.com", "alice@test.com", "@test.com", "*"}},
      {"postmaster@test.com", {"postmaster@test.com", "@test.com", "*"}},
      {"a@xn--bcher-kva.example",
       {"a@xn--bcher-kva.example", "a@bücher.example", "@xn--bcher-kva.example", "@bücher.example", "*"}},
      {"a@BÜCHER.example",
       {"a@bÜcher.example", "a@xn--bcher-kva.example", "a@bücher.example", "@bÜcher.example",
        "@xn--bcher-kva.example", "@bücher.example", "*"}},
  };
  for (const auto& c : cases) {
    INFO(c.address);
    CHECK(all_subjects(*parse_address(c.address), "+") == c.subjects);
  }
}

TEST_CASE("Who has several names is meant by each, and each subject is asked for once") {
  const std::vector<Address> names{*parse_address("me+x@alias.com"), *parse_address("alice+x@test.com"),
                                   *parse_address("alice@test.com")};
  CHECK(all_subjects(names, "+") == Texts{"me+x@alias.com", "me@alias.com", "alice+x@test.com",
                                          "alice@test.com", "@alias.com", "@test.com", "*"});
}

TEST_CASE("A subject has its entries, none, or its own trouble") {
  tests::FakePolicies policies;
  policies.add("alice@test.com", "greylist", "on");
  policies.add("alice@test.com", "limit", "exempt");
  policies.spoil("@test.com", "@test.com has more than 1000 rows");
  const auto of_alice = entries_of("alice@test.com", policies);
  CHECK(of_alice.subject == "alice@test.com");
  REQUIRE(of_alice.entries.is_found());
  REQUIRE(of_alice.entries.value().size() == 2);
  CHECK(of_alice.entries.value()[1].kind == "limit");
  const auto of_domain = entries_of("@test.com", policies);
  CHECK(of_domain.entries.outcome() == Outcome::TemporaryFailure);
  CHECK(of_domain.entries.reason() == "@test.com has more than 1000 rows");
  CHECK(entries_of("*", policies).says_nothing());
  policies.fail_with(Outcome::PermanentFailure);
  CHECK(entries_of("*", policies).entries.outcome() == Outcome::PermanentFailure);
}

TEST_CASE("A row that means nothing is named, safely") {
  CHECK(bad_entry("*", {"greylist", "yes\n"}, "on or off") ==
        "extmail_policy: greylist of * is \"yes\\x0a\", not on or off; correct the row");
}
