// SPDX-License-Identifier: MIT
#include "policyd/access/account_rule.hpp"

#include "support/catch.hpp"
#include "support/fake_directory.hpp"
#include "support/policy_request.hpp"

#include <memory>
#include <string>
#include <vector>

using namespace extmail;
using policyd::AccountRule;

namespace {

void fill(tests::FakeDirectory& directory) {
  directory.add_domain("test.com");
  directory.add_mailbox("alice@test.com");
  directory.add_mailbox("off@test.com").active = false;
  directory.add_mailbox("nosend@test.com").disabled.smtpd = true;
  directory.add_mailbox("mute@test.com").disabled.smtp = true;
}

struct Scenario {
  const char* story;
  const char* state;
  const char* login;
  const char* recipient;
  const char* action;  ///< how it begins
};

const std::vector<Scenario> kScenarios{
    {"mail from outside", "RCPT", "", "alice@test.com", "-"},
    {"mail from a user", "RCPT", "alice@test.com", "friend@example.org", "-"},
    {"a login that was disabled since", "MAIL", "off@test.com", "",
     "REJECT 5.7.1 off@test.com may no longer send: the"},
    {"at RCPT too", "RCPT", "off@test.com", "friend@example.org", "REJECT 5.7.1 off@test.com"},
    {"one that may not send any more", "DATA", "nosend@test.com", "", "REJECT 5.7.1 nosend@test.com"},
    {"one that was deleted", "RCPT", "gone@test.com", "friend@example.org", "REJECT 5.7.1 gone@test.com"},
    {"one that somebody else let in", "RCPT", "bob@example.org", "friend@example.org", "-"},
    {"a login that is no address", "RCPT", "bob", "friend@example.org", "-"},
    {"a recipient that may not receive", "RCPT", "", "mute@test.com", "550 5.2.1 "},
    {"an inactive recipient", "RCPT", "alice@test.com", "off+x@test.com", "550 5.2.1 "},
    {"is asked about only at RCPT", "DATA", "", "off@test.com", "-"},
    {"no recipient", "RCPT", "", "", "-"},
};

std::string ask(const AccountRule& rule, const tests::FakeDirectory& directory, const Scenario& s) {
  const tests::FakePolicies policies;
  const auto facts = tests::policy_request(
      {{"protocol_state", s.state}, {"sasl_username", s.login}, {"recipient", s.recipient}});
  return tests::said(rule.judge(facts, {directory, policies}));
}

}  // namespace

TEST_CASE("Who was disabled sends no more, and who may not receive gets nothing") {
  tests::FakeDirectory directory;
  fill(directory);
  const tests::FakeClock clock;
  const AccountRule rule(std::make_shared<const MailRules>(), clock);
  for (const auto& s : kScenarios) {
    INFO(s.story);
    CHECK(ask(rule, directory, s).substr(0, std::string(s.action).size()) == s.action);
  }
}

TEST_CASE("Trouble of the database is told as such, and never refuses") {
  tests::FakeDirectory directory;
  fill(directory);
  const tests::FakeClock clock;
  const AccountRule rule(std::make_shared<const MailRules>(), clock);
  struct Row {
    Outcome outcome;
    const char* said;
  };
  for (const auto& [outcome, said] : {Row{Outcome::TemporaryFailure, "temporary failure"},
                                      Row{Outcome::PermanentFailure, "permanent failure"}}) {
    directory.fail_with(outcome);
    CHECK(ask(rule, directory, {"", "RCPT", "off@test.com", "alice@test.com", ""}) == said);
    CHECK(ask(rule, directory, {"", "RCPT", "", "mute@test.com", ""}) == said);
  }
}
