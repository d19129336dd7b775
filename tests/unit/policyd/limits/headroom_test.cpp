// SPDX-License-Identifier: MIT
#include "policyd/limits/headroom.hpp"

#include "support/catch.hpp"
#include "support/fake_directory.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace extmail;
using namespace std::chrono_literals;
using policyd::Headroom;
using policyd::Limit;

namespace {

Limit limit_of(const char* name, Limit::Per per) {
  Limit limit;
  limit.name = name;
  limit.per = per;
  limit.window = {10, 3600s};
  return limit;
}

struct Scene {
  Scene() {
    settings.mail = std::make_shared<MailRules>();
    settings.limits = {
        limit_of("user", Limit::Per::SaslUsername), limit_of("users", Limit::Per::SaslDomain),
        limit_of("from", Limit::Per::Sender),       limit_of("froms", Limit::Per::SenderDomain),
        limit_of("to", Limit::Per::Recipient),      limit_of("tos", Limit::Per::RecipientDomain),
        limit_of("net", Limit::Per::ClientNetwork)};
    settings.limits.back().prefixes.ipv4 = 24;
    settings.limits.back().exempt_networks = NetworkList::parse("192.0.2.7").value();
    directory.add_domain("test.com");
    directory.add_domain("alias.com");
    directory.add_mailbox("alice@test.com");
    directory.add_alias("sales@alias.com", "alice@test.com");
  }

  /// `LIMIT of WHOM: MOST [FROM]` for each.
  [[nodiscard]] std::vector<std::string> show(const std::string& subject) const {
    const auto lines = policyd::lines_of(subject, settings, {directory, policies}, clock);
    if (!lines.is_found()) return {lines.reason()};
    std::vector<std::string> all;
    for (const auto& line : lines.value()) {
      all.push_back(line.limit + (line.is_burst ? " burst" : "") + " of " + line.subject + ": " +
                    (line.most ? std::to_string(*line.most) : "-") +
                    (line.from.empty() ? "" : " " + line.from));
    }
    return all;
  }

  Headroom::Settings settings;
  tests::FakeClock clock;
  tests::FakeDirectory directory;
  tests::FakePolicies policies;
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("Which limits concern a subject, and whom they count") {
  const Scene scene;
  CHECK(scene.show("Alice+x@test.com") == Lines{"user of alice+x@test.com: 10", "users of test.com: 10",
                                                "from of alice@test.com: 10", "froms of test.com: 10",
                                                "to of alice@test.com: 10", "tos of test.com: 10"});
  CHECK(scene.show("sales@alias.com") == Lines{"user of sales@alias.com: 10", "users of alias.com: 10",
                                               "from of sales@alias.com: 10", "froms of alias.com: 10",
                                               "to of alice@test.com: 10", "tos of test.com: 10"});
  CHECK(scene.show("@Test.com") ==
        Lines{"users of test.com: 10", "froms of test.com: 10", "tos of test.com: 10"});
  CHECK(scene.show("192.0.2.9") == Lines{"net of 192.0.2.0/24: 10"});
  CHECK(scene.show("192.0.2.0/24") == Lines{"net of 192.0.2.0/24: 10"});
  CHECK(scene.show("192.0.2.7") == Lines{"net of 192.0.2.0/24: -"});
  CHECK(scene.show("Service") == Lines{"user of service: 10"});
  CHECK(scene.show("@") == Lines{"user of @: 10"});
}

TEST_CASE("What the table says otherwise is told with its subject") {
  Scene scene;
  scene.settings.limits = {limit_of("user", Limit::Per::SaslUsername),
                           limit_of("users", Limit::Per::SaslDomain)};
  scene.settings.limits.front().burst = policyd::Window{3, 60s};
  scene.policies.add("alice@test.com", "limit", "user=99");
  scene.policies.add("@test.com", "limit", "exempt");
  CHECK(scene.show("alice@test.com") == Lines{"user of alice@test.com: 99 alice@test.com",
                                              "user burst of alice@test.com: 3",
                                              "users of test.com: - @test.com"});
  CHECK(scene.show("bob@test.com") ==
        Lines{"user of bob@test.com: - @test.com", "users of test.com: - @test.com"});
}

TEST_CASE("Rows that can't be had are no headroom") {
  Scene scene;
  scene.policies.fail_with(Outcome::TemporaryFailure);
  CHECK_FALSE(
      policyd::lines_of("alice@test.com", scene.settings, {scene.directory, scene.policies}, scene.clock)
          .is_found());
  Scene aliases;
  aliases.directory.fail_with(Outcome::TemporaryFailure);
  CHECK_FALSE(policyd::lines_of("alice@test.com", aliases.settings, {aliases.directory, aliases.policies},
                                aliases.clock)
                  .is_found());
}
