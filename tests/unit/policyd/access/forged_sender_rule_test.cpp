// SPDX-License-Identifier: MIT
#include "policyd/access/forged_sender_rule.hpp"

#include "support/catch.hpp"
#include "support/fake_directory.hpp"
#include "support/policy_request.hpp"

#include <memory>
#include <string>
#include <vector>

using namespace extmail;
using policyd::ForgedSenderRule;

namespace {

struct Scenario {
  const char* story;
  const char* sender;
  bool may;
  const char* client = "192.0.2.1";
  const char* login = "";
  const char* state = "RCPT";
};

const std::vector<Scenario> kScenarios{
    {"a sender of elsewhere", "bob@example.org", true},
    {"one of ours", "alice@test.com", false},
    {"in any case", "Alice@TEST.com", false},
    {"an address of ours that nobody has", "nobody@test.com", false},
    {"at MAIL", "alice@test.com", false, "192.0.2.1", "", "MAIL"},
    {"not later: a recipient may have allowed it", "alice@test.com", true, "192.0.2.1", "", "END-OF-MESSAGE"},
    {"who has authenticated", "alice@test.com", true, "192.0.2.1", "bob@test.com"},
    {"a network that is trusted", "alice@test.com", true, "198.51.100.7"},
    {"a client that an IPv6 socket tells", "alice@test.com", true, "::ffff:198.51.100.7"},
    {"a client without an address", "alice@test.com", true, "unknown"},
    {"the null sender", "", true},
    {"a sender that is no address", "alice", true},
    {"a domain that is off", "alice@old.com", true},
    {"one that has its mailboxes elsewhere", "alice@relayed.com", true},
    {"below a domain of ours", "alice@sub.test.com", true},
};

std::string ask(const Directory& directory, const Scenario& s) {
  const tests::FakeClock clock;
  auto mail = std::make_shared<MailRules>();
  mail->relay_transports = {"relay"};
  policyd::ForgedSenderSettings settings;
  settings.enabled = true;
  settings.networks = NetworkList::parse("198.51.100.0/24").value();
  const ForgedSenderRule rule(mail, clock, settings);
  const tests::FakePolicies policies;
  const auto facts = tests::policy_request({{"protocol_state", s.state},
                                            {"sender", s.sender},
                                            {"recipient", "bob@test.com"},
                                            {"client_address", s.client},
                                            {"sasl_username", s.login}});
  return tests::said(rule.judge(facts, {directory, policies}));
}

}  // namespace

TEST_CASE("Who sends as one of ours has a login or is trusted") {
  tests::FakeDirectory directory;
  directory.add_domain("test.com");
  directory.add_domain("old.com").active = false;
  directory.add_domain("relayed.com").transport = "relay:[10.0.0.1]";
  directory.add_mailbox("alice@test.com");
  for (const auto& s : kScenarios) {
    INFO(s.story);
    CHECK(ask(directory, s) == (s.may ? "-" : "REJECT 5.7.1 senders of this domain have to authenticate"));
  }
  directory.fail_with(Outcome::TemporaryFailure);
  CHECK(ask(directory, {"", "bob@example.org", true}) == "temporary failure");
  directory.fail_with(Outcome::PermanentFailure);
  CHECK(ask(directory, {"", "bob@example.org", true}) == "permanent failure");
}

TEST_CASE("Who is allowed is spared it") {
  const tests::FakeClock clock;
  CHECK(ForgedSenderRule(std::make_shared<const MailRules>(), clock, {}).is_for_strangers());
}
