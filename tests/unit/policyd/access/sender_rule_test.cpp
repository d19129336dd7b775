// SPDX-License-Identifier: MIT
#include "policyd/access/sender_rule.hpp"

#include "support/catch.hpp"
#include "support/fake_directory.hpp"
#include "support/policy_request.hpp"

#include <memory>
#include <string>
#include <vector>

using namespace extmail;
using policyd::SenderRule;
using policyd::SenderSettings;

namespace {

void fill(tests::FakeDirectory& directory) {
  for (const char* name : {"test.com", "alias.com", "all.com"})
    directory.add_domain(name);
  for (const char* name : {"alice@test.com", "bob@test.com", "boss@test.com"})
    directory.add_mailbox(name);
  directory.add_alias("team@test.com", "alice@test.com,bob@test.com");
  directory.add_alias("news@test.com", "team@test.com");
  directory.add_alias("@alias.com", "@test.com");
  directory.add_alias("@all.com", "alice@test.com");
  directory.add_alias("off@test.com", "alice@test.com").active = false;
  std::string members;
  for (int i = 0; i < 150; ++i)
    members += "m" + std::to_string(i) + "@test.com,";
  directory.add_alias("staff@test.com", "alice@test.com," + members);
}

void fill(tests::FakePolicies& policies) {
  policies.add("alice@test.com", "send-as", "boss@test.com");
  policies.add("alice@test.com", "send-as", "@partner.org");
  policies.add("alice@test.com", "send-as", "staff@test.com");
  policies.add("@test.com", "send-as", "noreply@test.com");
  policies.add("*", "send-as", "help@elsewhere.org");
  policies.add("gateway@test.com", "send-as", "*");
}

struct Scenario {
  const char* story;
  const char* login;
  const char* sender;
  bool may;
};

const std::vector<Scenario> kScenarios{
    {"the own address", "alice@test.com", "alice@test.com", true},
    {"in any case", "Alice@Test.com", "ALICE@test.com", true},
    {"with an extension", "alice@test.com", "alice+lists@test.com", true},
    {"of somebody else", "bob@test.com", "alice@test.com", false},
    {"of somebody else with an extension", "bob@test.com", "alice+x@test.com", false},
    {"an alias that leads to the login", "bob@test.com", "team@test.com", true},
    {"with an extension", "bob@test.com", "team+x@test.com", true},
    {"through another", "bob@test.com", "news@test.com", true},
    {"one that does not", "boss@test.com", "team@test.com", false},
    {"one that is off", "bob@test.com", "off@test.com", false},
    {"a domain alias", "alice@test.com", "alice@alias.com", true},
    {"of somebody else", "bob@test.com", "alice@alias.com", false},
    {"a catch-all", "alice@test.com", "anything@all.com", true},
    {"of somebody else", "bob@test.com", "anything@all.com", false},
    {"an unknown address of ours", "alice@test.com", "nobody@test.com", false},
    {"one of elsewhere", "alice@test.com", "ceo@example.org", false},
    {"what is no address", "alice@test.com", "alice", false},
    {"a list of too many, member or not", "bob@test.com", "staff@test.com", false},

    {"named for the login", "alice@test.com", "boss@test.com", true},
    {"with an extension", "alice@test.com", "boss+x@test.com", true},
    {"in a domain that is named", "alice@test.com", "Any@Partner.org", true},
    {"not below it", "alice@test.com", "any@sub.partner.org", false},
    {"named for another", "bob@test.com", "boss@test.com", false},
    {"a list of too many that is named", "alice@test.com", "staff@test.com", true},
    {"named for the domain", "bob@test.com", "noreply@test.com", true},
    {"for everybody", "bob@test.com", "help@elsewhere.org", true},
    {"anything", "gateway@test.com", "ceo@example.org", true},
    {"what is no address too", "gateway@test.com", "root", true},

    {"a login that is no mailbox", "who@example.org", "alice@test.com", false},
    {"owns its own name no more than others", "who@example.org", "who@example.org", false},
    {"a login that is no address", "root", "alice@test.com", false},
    {"has what everybody has", "root", "help@elsewhere.org", true},
    {"nobody has authenticated", "", "alice@test.com", true},
};

SenderSettings enabled() {
  SenderSettings settings;
  settings.enabled = true;
  return settings;
}

/// The rule with what it stands on.
struct Scene {
  explicit Scene(const SenderSettings& settings = enabled())
      : rule(std::make_shared<const MailRules>(), clock, settings) {
    fill(directory);
    fill(policies);
  }

  std::string ask(const std::string& login, const std::string& sender,
                  const std::string& state = "RCPT") const {
    const auto facts =
        tests::policy_request({{"protocol_state", state}, {"sasl_username", login}, {"sender", sender}});
    return tests::said(rule.judge(facts, {directory, policies}));
  }

  tests::FakeClock clock;
  tests::FakeDirectory directory;
  tests::FakePolicies policies;
  SenderRule rule;
};

std::string not_owned(const std::string& login) {
  return "REJECT 5.7.1 sender address not owned by user " + login;
}

}  // namespace

TEST_CASE("Users send as what they own, and as what rows name") {
  const Scene scene;
  for (const auto& s : kScenarios) {
    INFO(s.story << ": " << s.login << " as " << s.sender);
    CHECK(scene.ask(s.login, s.sender) == (s.may ? "-" : not_owned(fold_case(s.login))));
  }
}

TEST_CASE("Senders are judged wherever there is one") {
  const Scene scene;
  for (const char* state : {"MAIL", "RCPT", "DATA", "END-OF-MESSAGE"}) {
    INFO(state);
    CHECK(scene.ask("bob@test.com", "boss@test.com", state) == not_owned("bob@test.com"));
  }
  for (const char* state : {"CONNECT", "EHLO", "VRFY", "ETRN", "NEW"}) {
    INFO(state);
    CHECK(scene.ask("bob@test.com", "boss@test.com", state) == "-");
  }
}

TEST_CASE("The null sender is free, unless it is not") {
  CHECK(Scene().ask("alice@test.com", "") == "-");
  auto settings = enabled();
  settings.allows_null_sender = false;
  const Scene strict(settings);
  CHECK(strict.ask("alice@test.com", "") == "REJECT 5.7.1 users may not send with the null sender");
  CHECK(strict.ask("", "") == "-");
  CHECK(strict.ask("alice@test.com", "", "EHLO") == "-");
  settings.checks_ownership = false;
  const Scene lenient(settings);
  CHECK(lenient.ask("alice@test.com", "") == "REJECT 5.7.1 users may not send with the null sender");
  CHECK(lenient.ask("bob@test.com", "ceo@example.org") == "-");
}

TEST_CASE("What a login holds does not get into Postfix's line") {
  const Scene scene;
  CHECK(scene.ask("a\r\x01", "alice@test.com") == not_owned("a\\x0d\\x01"));
  CHECK(scene.ask(std::string(5000, 'x'), "alice@test.com") == not_owned(std::string(100, 'x') + "…"));
}

TEST_CASE("Trouble is told as such, unless what is known allows the sender") {
  for (const auto outcome : {Outcome::TemporaryFailure, Outcome::PermanentFailure}) {
    const std::string failure =
        outcome == Outcome::TemporaryFailure ? "temporary failure" : "permanent failure";
    Scene without_rows;
    without_rows.directory.fail_with(outcome);
    CHECK(without_rows.ask("bob@test.com", "alice@test.com") == failure);
    CHECK(without_rows.ask("bob@test.com", "help@elsewhere.org") == "-");
    CHECK(without_rows.ask("bob@test.com", "bob") == not_owned("bob@test.com"));
    Scene without_table;
    without_table.policies.fail_with(outcome);
    CHECK(without_table.ask("bob@test.com", "bob@test.com") == "-");
    CHECK(without_table.ask("bob@test.com", "alice@test.com") == failure);
  }
}

TEST_CASE("A row that names no address is a failure only where it could matter") {
  Scene scene;
  scene.policies.add("bob@test.com", "send-as", "partner.org");
  scene.policies.spoil("gateway@test.com", "gateway@test.com has more than 1000 rows");
  CHECK(scene.ask("bob@test.com", "bob@test.com") == "-");
  CHECK(scene.ask("bob@test.com", "help@elsewhere.org") == "-");
  CHECK(scene.ask("bob@test.com", "alice@test.com") == "permanent failure");
  CHECK(scene.ask("gateway@test.com", "ceo@example.org") == "temporary failure");
  CHECK(scene.ask("alice@test.com", "bob@test.com") == not_owned("alice@test.com"));
}
