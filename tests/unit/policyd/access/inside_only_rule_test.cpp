// SPDX-License-Identifier: MIT
#include "policyd/access/inside_only_rule.hpp"

#include "support/catch.hpp"
#include "support/fake_directory.hpp"
#include "support/policy_request.hpp"

#include <memory>
#include <string>
#include <vector>

using namespace extmail;
using policyd::InsideOnlyRule;

namespace {

constexpr const char* kNoSend = "REJECT 5.7.1 you may only send to users of this server";
constexpr const char* kNoReceive = "REJECT 5.7.1 this recipient takes mail from users of this server only";

tests::FakeDirectory directory_of_test() {
  tests::FakeDirectory directory;
  for (const char* name : {"test.com", "alias.com", "other.com"})
    directory.add_domain(name);
  directory.add_domain("old.com").active = false;
  directory.add_domain("relayed.com").transport = "relay:[10.0.0.1]";
  for (const char* name : {"kid@test.com", "alice@test.com"})
    directory.add_mailbox(name);
  directory.add_alias("@alias.com", "@test.com");
  directory.add_alias("child@test.com", "kid@test.com");
  directory.add_alias("family@test.com", "kid@test.com,alice@test.com");
  return directory;
}

struct Row {
  const char* subject;
  const char* value;
};

struct Scenario {
  const char* story;
  std::vector<Row> rows;
  std::string login;
  std::string sender;
  std::string recipient;
  const char* said;
  std::string state = "RCPT";
};

const std::vector<Row> kSend{{"kid@test.com", "send"}};
const std::vector<Row> kReceive{{"kid@test.com", "receive"}};
const std::vector<Row> kBoth{{"kid@test.com", "both"}};

const std::vector<Scenario> kScenarios{
    {"no rows", {}, "kid@test.com", "", "a@example.org", "-"},

    {"send: outside", kSend, "kid@test.com", "kid@test.com", "a@example.org", kNoSend},
    {"whatever the envelope says", kSend, "kid@test.com", "alice@test.com", "a@example.org", kNoSend},
    {"inside", kSend, "kid@test.com", "kid@test.com", "alice@test.com", "-"},
    {"another domain of ours", kSend, "kid@test.com", "kid@test.com", "a@other.com", "-"},
    {"one whose mailboxes are elsewhere", kSend, "kid@test.com", "kid@test.com", "a@relayed.com", "-"},
    {"below that", kSend, "kid@test.com", "kid@test.com", "a@sub.relayed.com", "-"},
    {"one that is off", kSend, "kid@test.com", "kid@test.com", "a@old.com", kNoSend},
    {"below one of ours", kSend, "kid@test.com", "kid@test.com", "a@sub.test.com", kNoSend},
    {"another user", kSend, "alice@test.com", "alice@test.com", "a@example.org", "-"},
    {"another user as the kid", kSend, "alice@test.com", "kid@test.com", "a@example.org", "-"},
    {"from the webmail, which has no login", kSend, "", "kid@test.com", "a@example.org", kNoSend},
    {"it may be written to", kSend, "", "a@example.org", "kid@test.com", "-"},
    {"the null sender is nobody", kSend, "", "", "a@example.org", "-"},

    {"receive: from outside", kReceive, "", "a@example.org", "kid@test.com", kNoReceive},
    {"bounces too", kReceive, "", "", "kid@test.com", kNoReceive},
    {"and what is no address", kReceive, "", "alice", "kid@test.com", kNoReceive},
    {"from inside", kReceive, "", "alice@test.com", "kid@test.com", "-"},
    {"from one whose mailboxes are elsewhere", kReceive, "", "a@relayed.com", "kid@test.com", "-"},
    {"from who has authenticated", kReceive, "alice@test.com", "a@example.org", "kid@test.com", "-"},
    {"with an extension", kReceive, "", "a@example.org", "Kid+x@test.com", kNoReceive},
    {"under a domain alias", kReceive, "", "a@example.org", "kid@alias.com", kNoReceive},
    {"under another name", kReceive, "", "a@example.org", "child@test.com", kNoReceive},
    {"a list with it is another recipient", kReceive, "", "a@example.org", "family@test.com", "-"},
    {"another recipient", kReceive, "", "a@example.org", "alice@test.com", "-"},
    {"it may write", kReceive, "kid@test.com", "kid@test.com", "a@example.org", "-"},

    {"both: from outside", kBoth, "", "a@example.org", "kid@test.com", kNoReceive},
    {"to outside", kBoth, "kid@test.com", "kid@test.com", "a@example.org", kNoSend},
    {"as two rows",
     {{"kid@test.com", "Send"}, {"kid@test.com", "receive"}},
     "",
     "a@b.org",
     "kid@test.com",
     kNoReceive},
    {"the other of them",
     {{"kid@test.com", "Send"}, {"kid@test.com", "receive"}},
     "kid@test.com",
     "",
     "a@b.org",
     kNoSend},

    {"a domain", {{"@test.com", "both"}}, "", "a@example.org", "alice@test.com", kNoReceive},
    {"of who sends", {{"@test.com", "both"}}, "alice@test.com", "", "a@example.org", kNoSend},
    {"the mailbox over it",
     {{"@test.com", "both"}, {"alice@test.com", "off"}},
     "alice@test.com",
     "",
     "a@example.org",
     "-"},
    {"and as recipient",
     {{"@test.com", "both"}, {"alice@test.com", "off"}},
     "",
     "a@example.org",
     "alice@test.com",
     "-"},
    {"with less",
     {{"@test.com", "both"}, {"alice@test.com", "send"}},
     "",
     "a@example.org",
     "alice@test.com",
     "-"},
    {"everybody", {{"*", "send"}}, "alice@test.com", "", "a@example.org", kNoSend},
    {"a login that is no address is none of ours", {{"*", "send"}}, "root", "", "a@example.org", "-"},
    {"strangers are not confined", {{"*", "send"}}, "", "a@example.org", "b@example.org", "-"},

    {"a row that means nothing",
     {{"@test.com", "yes"}},
     "",
     "a@example.org",
     "kid@test.com",
     "permanent failure"},
    {"for who sends", {{"@test.com", ""}}, "kid@test.com", "", "a@example.org", "permanent failure"},
    {"where a closer one decides",
     {{"@test.com", "yes"}, {"kid@test.com", "off"}},
     "",
     "a@example.org",
     "kid@test.com",
     "-"},
    {"only at RCPT", kBoth, "", "a@example.org", "kid@test.com", "-", "DATA"},
    {"no recipient", kBoth, "kid@test.com", "", "", "-"},
};

std::string ask(const Scenario& s, const Directory& directory, tests::FakePolicies& policies) {
  const tests::FakeClock clock;
  auto mail = std::make_shared<MailRules>();
  mail->relay_transports = {"relay"};
  const InsideOnlyRule rule(mail, clock);
  for (const auto& row : s.rows)
    policies.add(row.subject, "inside-only", row.value);
  const auto facts = tests::policy_request({{"protocol_state", s.state},
                                            {"sasl_username", s.login},
                                            {"sender", s.sender},
                                            {"recipient", s.recipient}});
  return tests::said(rule.judge(facts, {directory, policies}));
}

}  // namespace

TEST_CASE("Mail of some stays inside") {
  const auto directory = directory_of_test();
  for (const auto& s : kScenarios) {
    INFO(s.story << ": " << s.login << " as " << s.sender << " to " << s.recipient);
    tests::FakePolicies policies;
    CHECK(ask(s, directory, policies) == s.said);
  }
}

TEST_CASE("What can't be told about inside and outside is told as such") {
  auto directory = directory_of_test();
  const Scenario sending{"", kBoth, "kid@test.com", "", "a@example.org", ""};
  const Scenario receiving{"", kBoth, "", "a@example.org", "kid@test.com", ""};
  tests::FakePolicies spoilt;
  spoilt.spoil("@test.com", "@test.com has more than 1000 rows");
  CHECK(ask({"", {}, "kid@test.com", "", "a@example.org", ""}, directory, spoilt) == "temporary failure");
  CHECK(ask({"", {}, "", "a@example.org", "kid@test.com", ""}, directory, spoilt) == "temporary failure");
  for (const auto outcome : {Outcome::TemporaryFailure, Outcome::PermanentFailure}) {
    const std::string failure =
        outcome == Outcome::TemporaryFailure ? "temporary failure" : "permanent failure";
    directory.fail_with(outcome);
    for (const auto& s : {sending, receiving}) {
      tests::FakePolicies policies;
      CHECK(ask(s, directory, policies) == failure);
      tests::FakePolicies away;
      away.fail_with(outcome);
      CHECK(ask(s, directory_of_test(), away) == failure);
    }
  }
}
