// SPDX-License-Identifier: MIT
#include "policyd/rules.hpp"

#include "support/catch.hpp"
#include "support/fake_directory.hpp"
#include "support/recording_log.hpp"

#include <string>
#include <vector>

using namespace extmail;
using policyd::Rules;

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
    {"mail from outside", "RCPT", "", "alice@test.com", "DUNNO"},
    {"mail from a user", "RCPT", "alice@test.com", "friend@example.org", "DUNNO"},
    {"a login that was disabled since", "MAIL", "off@test.com", "",
     "REJECT 5.7.1 off@test.com may no longer send: the"},
    {"at RCPT too", "RCPT", "off@test.com", "friend@example.org", "REJECT 5.7.1 off@test.com"},
    {"one that may not send any more", "DATA", "nosend@test.com", "", "REJECT 5.7.1 nosend@test.com"},
    {"one that was deleted", "RCPT", "gone@test.com", "friend@example.org", "REJECT 5.7.1 gone@test.com"},
    {"one that somebody else let in", "RCPT", "bob@example.org", "friend@example.org", "DUNNO"},
    {"a login that is no address", "RCPT", "bob", "friend@example.org", "DUNNO"},
    {"a recipient that may not receive", "RCPT", "", "mute@test.com", "550 5.2.1 "},
    {"an inactive recipient", "RCPT", "alice@test.com", "off+x@test.com", "550 5.2.1 "},
    {"is asked about only at RCPT", "DATA", "", "off@test.com", "DUNNO"},
    {"no recipient", "RCPT", "", "", "DUNNO"},
};

wire::policy::Request request_of(const Scenario& s) {
  wire::policy::Request request;
  request.protocol_state = s.state;
  request.sasl_username = s.login;
  request.recipient = s.recipient;
  return request;
}

}  // namespace

TEST_CASE("Policy decisions") {
  tests::FakeDirectory directory;
  fill(directory);
  const tests::FakeClock clock;
  tests::RecordingLog log;
  const Rules rules(directory, clock, log, {{}, "DUNNO"});
  for (const auto& s : kScenarios) {
    INFO(s.story);
    const std::string action = rules.decide(request_of(s), {});
    CHECK(action.substr(0, std::string(s.action).size()) == s.action);
  }
}

TEST_CASE("Trouble answers as configured, and never refuses") {
  tests::FakeDirectory directory;
  fill(directory);
  const tests::FakeClock clock;
  tests::RecordingLog log;
  for (const std::string on_failure : {"DUNNO", "DEFER 4.3.0 later"}) {
    const Rules rules(directory, clock, log, {{}, on_failure});
    for (const auto outcome : {Outcome::TemporaryFailure, Outcome::PermanentFailure}) {
      directory.fail_with(outcome);
      CHECK(rules.decide(request_of({"", "RCPT", "off@test.com", "alice@test.com", ""}), {}) == on_failure);
      CHECK(rules.decide(request_of({"", "RCPT", "", "mute@test.com", ""}), {}) == on_failure);
    }
  }
}
