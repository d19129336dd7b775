// SPDX-License-Identifier: MIT
#include "policyd/greylist/greylist_rule.hpp"

#include "support/catch.hpp"
#include "support/fake_directory.hpp"
#include "support/fake_state.hpp"
#include "support/policy_decision.hpp"
#include "support/policy_request.hpp"
#include "support/temporary_folder.hpp"

#include <memory>
#include <string>
#include <vector>

using namespace extmail;
using namespace std::chrono_literals;
using policyd::Facts;
using policyd::GreylistRule;
using policyd::GreylistSettings;

namespace {

GreylistSettings enabled() {
  GreylistSettings settings;
  settings.enabled = true;
  settings.exempt_networks = NetworkList::parse("127.0.0.0/8 ::1").value();
  settings.exempt_clients = {"google.com"};
  return settings;
}

/// The rule with what it stands on.
struct Scene {
  explicit Scene(GreylistSettings settings = enabled())
      : rule(state, std::make_shared<MailRules>(), std::move(settings), clock) {
    directory.add_domain("test.com");
    directory.add_mailbox("alice@test.com");
  }

  std::string decide(const std::shared_ptr<const Facts>& facts, std::string* reason = nullptr) const {
    return tests::decision_of(rule, facts, {directory, policies}, reason);
  }

  tests::FakeClock clock;
  tests::FakeDirectory directory;
  tests::FakePolicies policies;
  tests::FakeState state{clock};
  GreylistRule rule;
};

std::shared_ptr<const Facts> stranger(const std::string& client, const std::string& sender,
                                      const std::string& recipient,
                                      const std::string& client_name = "unknown") {
  return tests::policy_request({{"protocol_state", "RCPT"},
                                {"client_address", client},
                                {"client_name", client_name},
                                {"reverse_client_name", "mail.google.com"},
                                {"sender", sender},
                                {"recipient", recipient}});
}

std::shared_ptr<const Facts> user(const std::string& sender, const std::string& recipient) {
  return tests::policy_request({{"protocol_state", "RCPT"},
                                {"client_address", "198.51.100.7"},
                                {"sasl_username", "alice@test.com"},
                                {"sender", sender},
                                {"recipient", recipient}});
}

const std::string kLater = "DEFER_IF_PERMIT 4.2.0 greylisted, please come again in 300 seconds";

}  // namespace

TEST_CASE("A stranger has to come again in time, and is known from then on") {
  Scene scene;
  const auto mail = stranger("192.0.2.1", "bob@example.org", "alice@test.com");
  std::string reason;
  CHECK(scene.decide(mail, &reason) == kLater);
  CHECK(reason == "a stranger to this recipient, who may come again in 300 s");
  scene.clock.advance(100s);
  CHECK(scene.decide(mail) == "DEFER_IF_PERMIT 4.2.0 greylisted, please come again in 200 seconds");
  scene.clock.advance(200s);
  CHECK(scene.decide(mail).empty());
  scene.clock.advance(24h * 34);
  CHECK(scene.decide(mail).empty());
  scene.clock.advance(24h * 34);
  CHECK(scene.decide(mail).empty());
  scene.clock.advance(24h * 36);
  CHECK(scene.decide(mail) == kLater);
  scene.clock.advance(49h);
  CHECK(scene.decide(mail) == kLater);
}

TEST_CASE("Which requests are one triplet") {
  struct Case {
    const char* story;
    std::shared_ptr<const Facts> other;
    bool is_known;
  };
  const std::vector<Case> cases{
      {"another client of the network", stranger("192.0.2.99", "bob@example.org", "alice@test.com"), true},
      {"the client as an IPv6 socket tells it",
       stranger("::ffff:192.0.2.1", "bob@example.org", "alice@test.com"), true},
      {"another network", stranger("192.0.3.1", "bob@example.org", "alice@test.com"), false},
      {"another sender", stranger("192.0.2.1", "eve@example.org", "alice@test.com"), false},
      {"the sender in other letters", stranger("192.0.2.1", "BOB@Example.ORG", "alice@test.com"), true},
      {"the sender with an extension", stranger("192.0.2.1", "bob+7@example.org", "alice@test.com"), true},
      {"another recipient", stranger("192.0.2.1", "bob@example.org", "carol@test.com"), false},
      {"the recipient with an extension", stranger("192.0.2.1", "bob@example.org", "Alice+x@test.com"), true},
      {"the null sender", stranger("192.0.2.1", "", "alice@test.com"), false},
      {"a sender that is no address", stranger("192.0.2.1", "bob", "alice@test.com"), false},
  };
  for (const auto& c : cases) {
    INFO(c.story);
    auto settings = enabled();
    settings.client_passes = 0;
    settings.domain_passes = 0;
    Scene scene(settings);
    CHECK(scene.decide(stranger("192.0.2.1", "bob@example.org", "alice@test.com")) == kLater);
    scene.clock.advance(300s);
    CHECK(scene.decide(c.other) == (c.is_known ? "" : kLater));
  }
}

TEST_CASE("The null sender, and one that is no address, may come again too") {
  for (const char* sender : {"", "bob", "bob\x01@example.org"}) {
    INFO(sender);
    Scene scene;
    const auto mail = stranger("192.0.2.1", sender, "alice@test.com");
    CHECK(scene.decide(mail) == kLater);
    scene.clock.advance(300s);
    CHECK(scene.decide(mail).empty());
  }
}

TEST_CASE("Keys beyond what the state takes are shortened, and still differ") {
  Scene scene;
  const std::string longest(900, 'x');
  const auto mail = stranger("192.0.2.1", longest + "@example.org", "alice@test.com");
  CHECK(scene.decide(mail) == kLater);
  scene.clock.advance(300s);
  CHECK(scene.decide(mail).empty());
  CHECK(scene.decide(stranger("192.0.2.1", longest + "y@example.org", "alice@test.com")) == kLater);
}

TEST_CASE("Who is not greylisted") {
  struct Case {
    const char* story;
    std::shared_ptr<const Facts> facts;
    bool is_greylisted;
  };
  const std::vector<Case> cases{
      {"a stranger", stranger("192.0.2.1", "bob@example.org", "alice@test.com"), true},
      {"one whose name leads back",
       stranger("192.0.2.1", "bob@example.org", "alice@test.com", "a.b.google.com"), false},
      {"one whose name only ends alike",
       stranger("192.0.2.1", "bob@example.org", "alice@test.com", "mail.notgoogle.com"), true},
      {"this host", stranger("127.0.0.1", "bob@example.org", "alice@test.com"), false},
      {"a client without an address", stranger("unknown", "bob@example.org", "alice@test.com"), false},
      {"a user", user("alice@test.com", "bob@example.org"), false},
      {"a user, to a user", user("alice@test.com", "alice@test.com"), false},
      {"no address", stranger("192.0.2.1", "bob@example.org", "postmaster"), false},
      {"another stage",
       tests::policy_request({{"protocol_state", "DATA"},
                              {"client_address", "192.0.2.1"},
                              {"sender", "bob@example.org"},
                              {"recipient", "alice@test.com"}}),
       false},
  };
  for (const auto& c : cases) {
    INFO(c.story);
    const Scene scene;
    CHECK(scene.decide(c.facts) == (c.is_greylisted ? kLater : ""));
  }
  CHECK(Scene(GreylistSettings{}).decide(stranger("192.0.2.1", "bob@example.org", "alice@test.com")).empty());
}

TEST_CASE("The table decides for a mailbox over its domain over everybody over the configuration") {
  struct Case {
    const char* story;
    bool is_for_all;
    std::vector<std::pair<std::string, std::string>> rows;
    bool is_greylisted;
  };
  const std::vector<Case> cases{
      {"no row", true, {}, true},
      {"no row, only chosen ones", false, {}, false},
      {"everybody off", true, {{"*", "off"}}, false},
      {"the domain on", false, {{"@test.com", "on"}}, true},
      {"the domain over everybody", true, {{"*", "off"}, {"@test.com", "on"}}, true},
      {"the mailbox over its domain", true, {{"@test.com", "on"}, {"alice@test.com", "off"}}, false},
      {"the extension over the mailbox",
       true,
       {{"alice@test.com", "off"}, {"alice+list@test.com", "On"}},
       true},
      {"another's", true, {{"bob@test.com", "off"}, {"@example.org", "off"}}, true},
      {"the first row of a subject", true, {{"*", "off"}, {"*", "on"}}, false},
  };
  for (const auto& c : cases) {
    INFO(c.story);
    auto settings = enabled();
    settings.is_for_all = c.is_for_all;
    Scene scene(settings);
    scene.policies.add("*", "limit", "exempt");
    for (const auto& [subject, value] : c.rows)
      scene.policies.add(subject, "greylist", value);
    CHECK(scene.decide(stranger("192.0.2.1", "bob@example.org", "Alice+list@test.com")) ==
          (c.is_greylisted ? kLater : ""));
  }
}

TEST_CASE("Trouble with the table or the state is a failure") {
  const auto mail = stranger("192.0.2.1", "bob@example.org", "alice@test.com");
  SECTION("a value that means nothing") {
    Scene scene;
    scene.policies.add("@test.com", "greylist", "maybe\nnot");
    CHECK(scene.decide(mail) ==
          "permanent: extmail_policy: greylist of @test.com is \"maybe\\x0anot\", not on or off; correct the "
          "row");
  }
  SECTION("more rows than can be read") {
    Scene scene;
    scene.policies.spoil("alice@test.com", "too many");
    CHECK(scene.decide(mail) == "temporary: too many");
  }
  SECTION("no database") {
    Scene scene;
    scene.policies.fail_with(Outcome::TemporaryFailure);
    CHECK(scene.decide(mail).find("temporary: ") == 0);
  }
  SECTION("no state") {
    Scene scene;
    scene.state.fail(true);
    CHECK(scene.decide(mail).find("temporary: ") == 0);
  }
}

TEST_CASE("Recipients are exempt by address, domain or user") {
  for (const char* recipient : {"help@test.com", "anybody@example.com", "postmaster@test.com",
                                "postmaster@example.net", "help+x@test.com"}) {
    INFO(recipient);
    auto settings = enabled();
    tests::TemporaryFolder folder;
    daemon::ConfigFile file(folder.write("extmail.toml", ""));
    auto table = file.table("policyd");
    settings.exempt_recipients = policyd::AddressList::of(table, "exempt_recipients",
                                                          {"help@test.com", "@example.com", "postmaster@"});
    const Scene scene(settings);
    CHECK(scene.decide(stranger("192.0.2.1", "bob@example.org", recipient)).empty());
    CHECK(scene.decide(stranger("192.0.2.1", "bob@example.org", "alice@test.com")) == kLater);
  }
}

TEST_CASE("Clients and sender domains that came again often enough are known") {
  auto settings = enabled();
  settings.client_passes = 3;
  settings.domain_passes = 2;
  Scene scene(settings);
  const auto pass = [&](const std::string& sender, const std::string& recipient) {
    CHECK(scene.decide(stranger("192.0.2.1", sender, recipient)) == kLater);
    scene.clock.advance(300s);
    CHECK(scene.decide(stranger("192.0.2.1", sender, recipient)).empty());
  };
  pass("bob@example.org", "alice@test.com");
  pass("eve@example.org", "alice@test.com");
  CHECK(scene.decide(stranger("192.0.2.1", "joe@example.org", "carol@test.com")).empty());
  CHECK(scene.decide(stranger("203.0.113.1", "joe@example.org", "carol@test.com")) == kLater);
  CHECK(scene.decide(stranger("192.0.2.1", "", "alice@test.com")) == kLater);
  pass("bob@example.net", "alice@test.com");
  CHECK(scene.decide(stranger("192.0.2.1", "joe@example.com", "carol@test.com")).empty());
  CHECK(scene.decide(stranger("192.0.2.1", "", "carol@test.com")).empty());
}

TEST_CASE("Allow-listing can be off") {
  auto settings = enabled();
  settings.client_passes = 0;
  settings.domain_passes = 0;
  Scene scene(settings);
  for (const char* sender : {"a@example.org", "b@example.org", "c@example.org", "d@example.org"}) {
    CHECK(scene.decide(stranger("192.0.2.1", sender, "alice@test.com")) == kLater);
    scene.clock.advance(300s);
    CHECK(scene.decide(stranger("192.0.2.1", sender, "alice@test.com")).empty());
  }
}

TEST_CASE("Whom users write to may answer") {
  Scene scene;
  CHECK(scene.decide(user("Alice+work@test.com", "Bob@Example.org")).empty());
  CHECK(scene.decide(stranger("192.0.2.1", "bob@example.org", "alice@test.com")).empty());
  CHECK(
      scene.decide(stranger("192.0.2.1", "prvs=1234abcdef=bob@example.org", "alice+work@test.com")).empty());
  CHECK(scene.decide(stranger("192.0.2.1", "bob@example.org", "carol@test.com")) == kLater);
  CHECK(scene.decide(stranger("192.0.2.1", "eve@example.org", "alice@test.com")) == kLater);
  scene.clock.advance(24h * 36);
  CHECK(scene.decide(stranger("192.0.2.1", "bob@example.org", "alice@test.com")) == kLater);
}

TEST_CASE("Mail among users is not noted, nor is what can't be told") {
  Scene scene;
  CHECK(scene.decide(user("alice@test.com", "carol@test.com")).empty());
  CHECK(scene.decide(user("", "bob@example.org")).empty());
  scene.directory.fail_with(Outcome::TemporaryFailure);
  CHECK(scene.decide(user("alice@test.com", "bob@example.org")).empty());
  CHECK(scene.state.statistics().entries == 0);
}

TEST_CASE("What strangers were known by is counted") {
  Scene scene;
  const auto mail = stranger("192.0.2.1", "bob@example.org", "alice@test.com");
  (void)scene.decide(mail);
  (void)scene.decide(mail);
  scene.clock.advance(300s);
  (void)scene.decide(mail);
  metrics::Families families;
  scene.rule.collect(families);
  const std::string page = families.page();
  CHECK(page.find("extmail_policyd_greylist_total{known_by=\"none\"} 2\n") != std::string::npos);
  CHECK(page.find("extmail_policyd_greylist_total{known_by=\"triplet\"} 1\n") != std::string::npos);
  CHECK(page.find("extmail_policyd_greylist_total{known_by=\"correspondent\"} 0\n") != std::string::npos);
}

TEST_CASE("Rows of any name that a recipient has say whether its mail is greylisted") {
  Scene scene;
  scene.directory.add_domain("alias.com");
  scene.directory.add_alias("@alias.com", "@test.com");
  scene.policies.add("alice@test.com", "greylist", "off");
  CHECK(scene.decide(stranger("192.0.2.1", "bob@example.org", "Alice+x@alias.com")).empty());
  scene.policies.add("@alias.com", "greylist", "on");
  CHECK(scene.decide(stranger("192.0.2.1", "bob@example.org", "alice@alias.com")).empty());
  scene.policies.add("alice@alias.com", "greylist", "on");
  CHECK(scene.decide(stranger("192.0.2.1", "bob@example.org", "alice@alias.com")) == kLater);
}
