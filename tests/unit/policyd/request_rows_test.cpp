// SPDX-License-Identifier: MIT
#include "policyd/request_rows.hpp"

#include "support/catch.hpp"
#include "support/fake_directory.hpp"

#include <string>
#include <string_view>
#include <vector>

using namespace extmail;
using namespace extmail::tests;

namespace {

constexpr Deadline kNoWait{};

}  // namespace

TEST_CASE("Each row is asked for once, and is the same each time") {
  FakeDirectory directory;
  directory.add_domain("test.com").transport = "smtp:[elsewhere]";
  directory.add_mailbox("user@test.com").homedir = "test.com/user";
  directory.add_alias("user@test.com", "other@test.com");
  const policyd::RequestRows rows(directory);

  for (int time = 0; time < 3; ++time) {
    // One key is in several tables, and two are the beginning of each other.
    CHECK(rows.find_domain("test.com", kNoWait).value().transport == "smtp:[elsewhere]");
    CHECK(rows.find_domain("test.co", kNoWait).is_not_found());
    CHECK(rows.find_mailbox("user@test.com", kNoWait).value().homedir == "test.com/user");
    CHECK(rows.find_alias("user@test.com", kNoWait).is_found());
    CHECK(rows.find_alias("@test.com", kNoWait).is_not_found());
  }
  CHECK(directory.queries == 5);
}

TEST_CASE("A row that can't be had stays a failure within a request") {
  FakeDirectory directory;
  directory.add_mailbox("user@test.com");
  const policyd::RequestRows rows(directory);
  directory.fail_with(Outcome::TemporaryFailure);
  CHECK(rows.find_mailbox("user@test.com", kNoWait).outcome() == Outcome::TemporaryFailure);
  CHECK(rows.find_mailbox("user@test.com", kNoWait).outcome() == Outcome::TemporaryFailure);
  CHECK(directory.queries == 1);
}

TEST_CASE("More rows than usual are kept apart") {
  FakeDirectory directory;
  constexpr int kMany = 100;
  for (int number = 0; number < kMany; ++number)
    directory.add_alias("a" + std::to_string(number) + "@test.com",
                        "to" + std::to_string(number) + "@test.com");
  const policyd::RequestRows rows(directory);
  for (int time = 0; time < 2; ++time) {
    for (int number = 0; number < kMany; ++number) {
      const auto alias = rows.find_alias("a" + std::to_string(number) + "@test.com", kNoWait);
      REQUIRE(alias.is_found());
      CHECK(alias.value().targets == std::vector<std::string>{"to" + std::to_string(number) + "@test.com"});
    }
  }
  CHECK(directory.queries == kMany);
}
