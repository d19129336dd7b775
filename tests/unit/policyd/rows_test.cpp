// SPDX-License-Identifier: MIT
#include "policyd/rows.hpp"

#include "support/catch.hpp"
#include "support/fake_directory.hpp"

#include <string>
#include <tuple>
#include <vector>

using namespace extmail;
using namespace extmail::tests;
using policyd::Rows;

namespace {

std::vector<std::string> subjects_in(const std::vector<policyd::SubjectEntries>& entries) {
  std::vector<std::string> subjects;
  subjects.reserve(entries.size());
  for (const auto& policy : entries)
    subjects.push_back(policy.subject);
  return subjects;
}

struct Scene {
  Scene() {
    directory.add_domain("test.com");
    directory.add_mailbox("alice@test.com");
    directory.add_alias("sales@test.com", "alice@test.com");
    policies.add("alice@test.com", "limit", "daily=5");
  }

  FakeDirectory directory;
  FakePolicies policies;
  FakeClock clock;
  MailRules rules;
  AddressMaps maps{directory, clock, rules};
  Rows rows{directory, policies};
  Address alice = *parse_address("alice@test.com");
  Address sales = *parse_address("sales@test.com");
};

}  // namespace

TEST_CASE("A recipient's names are found once, and stay") {
  Scene scene;
  const auto& names = scene.rows.names_of(scene.sales, scene.maps);
  REQUIRE(names.is_found());
  CHECK(names.value() == std::vector{scene.sales, scene.alice});
  CHECK(scene.rows.names_of(scene.alice, scene.maps).value() == std::vector{scene.alice});

  const int queries = scene.directory.queries;
  CHECK(&scene.rows.names_of(scene.sales, scene.maps) == &names);
  CHECK(scene.directory.queries == queries);
}

TEST_CASE("Names that can't be had stay a failure within a request") {
  Scene scene;
  scene.directory.fail_with(Outcome::TemporaryFailure);
  CHECK(scene.rows.names_of(scene.sales, scene.maps).outcome() == Outcome::TemporaryFailure);
  const int queries = scene.directory.queries;
  CHECK(scene.rows.names_of(scene.sales, scene.maps).is_failure());
  CHECK(scene.directory.queries == queries);
}

TEST_CASE("What policies have is read once for the same names") {
  Scene scene;
  const auto& entries = scene.rows.entries_of({&scene.alice, 1}, "+");
  CHECK(subjects_in(entries) == std::vector<std::string>{"alice@test.com", "@test.com", "*"});
  CHECK(entries[0].entries.value().at(0).value == "daily=5");

  const std::vector both{scene.sales, scene.alice};
  CHECK(subjects_in(scene.rows.entries_of(both, "+")) ==
        std::vector<std::string>{"sales@test.com", "alice@test.com", "@test.com", "*"});
  CHECK(&scene.rows.entries_of({&scene.alice, 1}, "+") == &entries);
  // What cuts nothing makes no difference.
  CHECK(&scene.rows.entries_of({&scene.alice, 1}, "") == &entries);
}

TEST_CASE("A subject that several names have in common is asked for once") {
  Scene scene;
  std::ignore = scene.rows.entries_of({&scene.alice, 1}, "+");
  const int queries = scene.policies.queries;
  const auto& entries = scene.rows.entries_of({&scene.sales, 1}, "+");
  CHECK(subjects_in(entries) == std::vector<std::string>{"sales@test.com", "@test.com", "*"});
  CHECK(scene.policies.queries == queries + 1);
}

TEST_CASE("Delimiters that cut make other subjects") {
  Scene scene;
  const Address extended = *parse_address("alice+x@test.com");
  CHECK(subjects_in(scene.rows.entries_of({&extended, 1}, "")) ==
        std::vector<std::string>{"alice+x@test.com", "@test.com", "*"});
  CHECK(subjects_in(scene.rows.entries_of({&extended, 1}, "+")) ==
        std::vector<std::string>{"alice+x@test.com", "alice@test.com", "@test.com", "*"});
}

TEST_CASE("A whole domain has no local part, and who is no address is meant by everybody's rows") {
  Scene scene;
  const Address domain{"", "test.com"};
  CHECK(subjects_in(scene.rows.entries_of({&domain, 1}, "+")) == std::vector<std::string>{"@test.com", "*"});
  CHECK(subjects_in(scene.rows.entries_of({}, "+")) == std::vector<std::string>{"*"});
}
