// SPDX-License-Identifier: MIT
#include "policyd/access/closed_group_rule.hpp"

#include "support/catch.hpp"
#include "support/fake_directory.hpp"
#include "support/policy_request.hpp"

#include <memory>
#include <string>
#include <vector>

using namespace extmail;
using policyd::ClosedGroupRule;

namespace {

constexpr const char* kClosed = "REJECT 5.7.2 you may not write to this list";
constexpr const char* kBroken = "permanent failure";

/// The list is team@test.com: alice, friends (which is carol, and dan of elsewhere) and eve+team@partner.org.
tests::FakeDirectory directory_of_test() {
  tests::FakeDirectory directory;
  for (const char* name : {"test.com", "alias.com", "all.com"})
    directory.add_domain(name);
  for (const char* name : {"alice@test.com", "bob@test.com", "carol@test.com"})
    directory.add_mailbox(name);
  directory.add_alias("team@test.com", "alice@test.com,friends@test.com,eve+team@partner.org");
  directory.add_alias("friends@test.com", "Carol@alias.com,dan@example.org,team@test.com");
  directory.add_alias("@alias.com", "@test.com");
  directory.add_alias("@all.com", "team@test.com");
  directory.add_alias("crew@test.com", "team@test.com");
  directory.add_alias("both@test.com", "team@test.com,bob@test.com");
  directory.add_alias("loop-a@test.com", "loop-b@test.com");
  directory.add_alias("loop-b@test.com", "loop-a@test.com");
  std::string members;
  for (int i = 0; i < 500; ++i)
    members += "m" + std::to_string(i) + "@test.com,";
  directory.add_alias("staff@test.com", "friends@test.com," + members + "bob@test.com,late@test.com");
  directory.add_alias("late@test.com", "zoe@test.com");
  return directory;
}

struct Row {
  const char* subject;
  const char* kind;
  const char* value;
};

/// Mail to team@test.com, unless it says otherwise.
struct Scenario {
  const char* story;
  std::vector<Row> rows;
  std::string login;
  std::string sender;
  const char* said;
  std::string recipient = "team@test.com";
  std::string state = "RCPT";
};

const std::vector<Row> kEveryone{{"team@test.com", "list-access", "everyone"}};
const std::vector<Row> kDomain{{"team@test.com", "list-access", "domain"}};
const std::vector<Row> kMembers{{"team@test.com", "list-access", "members"}};
const std::vector<Row> kSenders{{"team@test.com", "list-access", "senders"},
                                {"team@test.com", "list-sender", "ceo@partner.org"},
                                {"team@test.com", "list-sender", "@example.org"}};
const std::vector<Row> kStaff{{"staff@test.com", "list-access", "members"}};

const std::vector<Scenario> kScenarios{
    {"a list without rows", {}, "", "spam@example.net", "-"},
    {"rows of other rules", {{"team@test.com", "greylist", "on"}}, "", "spam@example.net", "-"},
    {"everyone", kEveryone, "", "spam@example.net", "-"},
    {"the null sender too", kEveryone, "", "", "-"},

    {"domain: a user of it", kDomain, "bob@test.com", "", "-"},
    {"a sender of it", kDomain, "", "Bob@Test.com", "-"},
    {"one below it", kDomain, "", "bob@sub.test.com", kClosed},
    {"others", kDomain, "", "spam@example.net", kClosed},
    {"the null sender", kDomain, "", "", kClosed},
    {"what is no address", kDomain, "", "bob", kClosed},
    {"a login counts, not its sender", kDomain, "who@all.com", "bob@test.com", kClosed},
    {"in capitals", {{"team@test.com", "list-access", "Domain"}}, "", "spam@example.net", kClosed},

    {"members: one", kMembers, "alice@test.com", "whatever@example.net", "-"},
    {"one of a list in it, of a domain alias", kMembers, "carol@test.com", "", "-"},
    {"one of elsewhere in a list in it", kMembers, "", "dan@example.org", "-"},
    {"one of elsewhere with another extension", kMembers, "", "eve+x@partner.org", kClosed},
    {"the sender with an extension", kMembers, "", "dan+lists@example.org", "-"},
    {"a list in it", kMembers, "", "friends@test.com", "-"},
    {"a user who is none", kMembers, "bob@test.com", "alice@test.com", kClosed},
    {"a login that is no address", kMembers, "root", "alice@test.com", kClosed},
    {"the null sender", kMembers, "", "", kClosed},
    {"of many: the first", kStaff, "m0@test.com", "", "-", "staff@test.com"},
    {"the last", kStaff, "bob@test.com", "", "-", "staff@test.com"},
    {"one of a list in it", kStaff, "carol@test.com", "", "-", "staff@test.com"},
    {"but not of one that comes late", kStaff, "zoe@test.com", "", kClosed, "staff@test.com"},
    {"a loop has no members but itself",
     {{"loop-a@test.com", "list-access", "members"}},
     "alice@test.com",
     "",
     kClosed,
     "loop-a@test.com"},

    {"senders: one", kSenders, "", "CEO@partner.org", "-"},
    {"with an extension", kSenders, "", "ceo+x@partner.org", "-"},
    {"of a domain", kSenders, "", "any@example.org", "-"},
    {"others", kSenders, "alice@test.com", "ceo@partner.org", kClosed},
    {"without list-access", {{"team@test.com", "list-sender", "alice@test.com"}}, "alice@test.com", "", "-"},
    {"others", {{"team@test.com", "list-sender", "alice@test.com"}}, "bob@test.com", "", kClosed},
    {"none are named", {{"team@test.com", "list-access", "senders"}}, "alice@test.com", "", kClosed},
    {"beside members",
     {{"team@test.com", "list-access", "members"}, {"team@test.com", "list-sender", "bob@test.com"}},
     "bob@test.com",
     "",
     "-"},
    {"domain or members: a member",
     {{"team@test.com", "list-access", "domain"}, {"team@test.com", "list-access", "members"}},
     "",
     "dan@example.org",
     "-"},
    {"one of the domain",
     {{"team@test.com", "list-access", "members"}, {"team@test.com", "list-access", "domain"}},
     "bob@test.com",
     "",
     "-"},

    {"an extension is no way around", kMembers, "", "spam@example.net", kClosed, "Team+x@test.com"},
    {"nor is a domain alias", kMembers, "", "spam@example.net", kClosed, "team@alias.com"},
    {"through which members may write", kMembers, "alice@test.com", "", "-", "team@alias.com"},
    {"and those of the list's domain", kDomain, "bob@test.com", "", "-", "team@alias.com"},
    {"nor a catch-all", kMembers, "", "spam@example.net", kClosed, "anything@all.com"},
    {"nor another name", kMembers, "", "spam@example.net", kClosed, "crew@test.com"},
    {"which may be opened on its own",
     {{"team@test.com", "list-access", "members"}, {"crew@test.com", "list-access", "everyone"}},
     "",
     "spam@example.net",
     "-",
     "crew@test.com"},
    {"a list that holds it is another", kMembers, "", "spam@example.net", "-", "both@test.com"},
    {"domains have no lists", {{"@test.com", "list-access", "members"}}, "", "spam@example.net", "-"},
    {"nor has everybody", {{"*", "list-access", "members"}}, "", "spam@example.net", "-"},
    {"a mailbox can be one",
     {{"bob@test.com", "list-access", "domain"}},
     "",
     "spam@example.net",
     kClosed,
     "bob@test.com"},

    {"a row that means nothing", {{"team@test.com", "list-access", "nobody"}}, "alice@test.com", "", kBroken},
    {"another", {{"team@test.com", "list-sender", "alice"}}, "alice@test.com", "", kBroken},
    {"beside one that refuses",
     {{"team@test.com", "list-access", "domain"}, {"team@test.com", "list-sender", "*"}},
     "",
     "spam@example.net",
     kBroken},
    {"beside one that lets through",
     {{"team@test.com", "list-sender", "*"}, {"team@test.com", "list-access", "domain"}},
     "",
     "bob@test.com",
     "-"},

    {"only at RCPT", kMembers, "", "spam@example.net", "-", "team@test.com", "DATA"},
    {"no recipient", kMembers, "", "spam@example.net", "-", ""},
    {"one that is no address", kMembers, "", "spam@example.net", "-", "team"},
};

std::string ask(const Scenario& s, const Directory& directory, tests::FakePolicies& policies) {
  const tests::FakeClock clock;
  const ClosedGroupRule rule(std::make_shared<const MailRules>(), clock);
  for (const auto& row : s.rows)
    policies.add(row.subject, row.kind, row.value);
  const auto facts = tests::policy_request({{"protocol_state", s.state},
                                            {"sasl_username", s.login},
                                            {"sender", s.sender},
                                            {"recipient", s.recipient}});
  return tests::said(rule.judge(facts, {directory, policies}));
}

}  // namespace

TEST_CASE("A list takes mail from those whom its rows name") {
  const auto directory = directory_of_test();
  for (const auto& s : kScenarios) {
    INFO(s.story << ": " << s.login << " as " << s.sender << " to " << s.recipient);
    tests::FakePolicies policies;
    CHECK(ask(s, directory, policies) == s.said);
  }
}

TEST_CASE("Of a closed list nothing is let through, or refused, that can't be told") {
  auto directory = directory_of_test();
  const Scenario member{"", kMembers, "alice@test.com", "", ""};
  const Scenario other{"", kMembers, "bob@test.com", "", ""};
  tests::FakePolicies spoilt;
  spoilt.spoil("team@test.com", "team@test.com has more than 1000 rows");
  CHECK(ask(member, directory, spoilt) == "temporary failure");
  for (const auto outcome : {Outcome::TemporaryFailure, Outcome::PermanentFailure}) {
    const std::string failure =
        outcome == Outcome::TemporaryFailure ? "temporary failure" : "permanent failure";
    tests::FakePolicies away;
    away.fail_with(outcome);
    CHECK(ask(member, directory_of_test(), away) == failure);
    directory.fail_with(outcome);
    for (const auto& s : {member, other}) {
      tests::FakePolicies policies;
      CHECK(ask(s, directory, policies) == failure);
    }
  }
}
