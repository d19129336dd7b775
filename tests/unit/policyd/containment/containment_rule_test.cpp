// SPDX-License-Identifier: MIT
#include "policyd/containment/containment_rule.hpp"

#include "policyd/containment/held_logins.hpp"
#include "policyd/state/asking_state.hpp"
#include "support/catch.hpp"
#include "support/fake_directory.hpp"
#include "support/fake_state.hpp"
#include "support/policy_decision.hpp"
#include "support/policy_request.hpp"
#include "support/recording_log.hpp"
#include "support/temporary_folder.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace extmail;
using namespace std::chrono_literals;
using policyd::ContainmentRule;
using policyd::ContainmentSettings;
using policyd::Facts;

namespace {

ContainmentSettings small() {
  ContainmentSettings settings;
  settings.enabled = true;
  settings.networks = {.slow = 2, .hold = 4, .period = 1h};
  settings.recipients = {.slow = 3, .hold = 5, .period = 1h};
  settings.exempt_networks = NetworkList::parse("127.0.0.0/8").value();
  return settings;
}

/// The rule with what it stands on.
struct Scene {
  explicit Scene(ContainmentSettings settings = small())
      : rule({state, clock, [this] { return state.wall_time(); }, log}, std::move(settings)) {
    directory.add_domain("test.com");
  }

  std::string decide(const std::shared_ptr<const Facts>& facts, std::string* reason = nullptr) const {
    return tests::decision_of(rule, facts, {directory, policies}, reason);
  }

  std::vector<policyd::HeldLogin> held() {
    std::vector<policyd::HeldLogin> logins;
    policyd::list_held_logins(state, 10, [&](const auto& answer) { logins = answer.value(); });
    return logins;
  }

  bool release(const std::string& login) {
    bool was_held = false;
    policyd::release_login(state, login, state.wall_time(),
                           [&](const auto& answer) { was_held = answer.value(); });
    return was_held;
  }

  tests::FakeClock clock;
  tests::FakeDirectory directory;
  tests::FakePolicies policies;
  tests::FakeState state{clock};
  tests::RecordingLog log;
  ContainmentRule rule;
};

std::shared_ptr<const Facts> mail(const std::string& recipient, const std::string& client = "192.0.2.1",
                                  const std::string& stage = "RCPT",
                                  const std::string& login = "Alice@test.com") {
  return tests::policy_request({{"protocol_state", stage},
                                {"client_address", client},
                                {"sasl_username", login},
                                {"sender", "alice@test.com"},
                                {"recipient", recipient}});
}

std::string number(int n) {
  return std::to_string(n);
}

const std::string kHold = "HOLD login is held by extmail-policyd, see extmailctl release";
const std::string kSlowNetworks =
    "450 4.7.1 this login is in use from too many networks, please try again later";
const std::string kSlowRecipients =
    "450 4.7.1 too many new recipients in a short time, please try again later";

}  // namespace

TEST_CASE("A login in many networks is slowed, then held") {
  Scene scene;
  const auto from = [&](int network, std::string* reason = nullptr) {
    return scene.decide(mail("carol@test.com", "192.0." + number(network) + ".1"), reason);
  };
  std::string reason;
  CHECK(from(1).empty());
  CHECK(from(2).empty());
  CHECK(scene.decide(mail("carol@test.com", "192.0.2.99")).empty());
  CHECK(from(3, &reason) == kSlowNetworks);
  CHECK(reason == "3 client networks within 3600 s, slow_networks is 2");
  CHECK(from(4) == kSlowNetworks);
  CHECK(scene.held().empty());
  CHECK(from(5, &reason) == kHold);
  CHECK(reason == "5 client networks within 3600 s, hold_networks is 4");
  CHECK(from(1, &reason) == kHold);
  CHECK(reason == "held: 5 client networks within 3600 s, hold_networks is 4");

  REQUIRE(scene.held().size() == 1);
  CHECK(scene.held()[0].login == "alice@test.com");
  CHECK(scene.held()[0].why == "5 client networks within 3600 s, hold_networks is 4");
  CHECK(scene.held()[0].until == scene.state.wall_time() + 168h);
  CHECK(scene.log.count("login_held: ") == 1);
  CHECK(scene.log.has(
      "login=alice@test.com: 5 client networks within 3600 s, hold_networks is 4; its mail waits"));
  CHECK(scene.log.has("then: extmailctl release alice@test.com"));
}

TEST_CASE("Networks count for their period") {
  Scene scene;
  for (int network = 1; network <= 20; ++network) {
    CHECK(scene.decide(mail("carol@test.com", "192.0." + number(network) + ".1")).empty());
    scene.clock.advance(31min);
  }
}

TEST_CASE("A login that writes to many new recipients is slowed, then held") {
  Scene scene;
  std::string reason;
  for (const char* recipient : {"a@example.org", "b@example.org", "A@example.org", "c@example.org"})
    CHECK(scene.decide(mail(recipient)).empty());
  CHECK(scene.decide(mail("d@example.org"), &reason) == kSlowRecipients);
  CHECK(reason == "4 new recipients within 3600 s, slow_recipients is 3");
  CHECK(scene.decide(mail("a@example.org")).empty());
  CHECK(scene.decide(mail("e@example.org")) == kSlowRecipients);
  CHECK(scene.decide(mail("f@example.org")) == kHold);
  CHECK(scene.decide(mail("a@example.org")) == kHold);
  CHECK(scene.log.count("login_held: ") == 1);
  CHECK(scene.decide(mail("z@example.org", "192.0.2.1", "RCPT", "bob@test.com")).empty());
}

TEST_CASE("Recipients that were written to before are not new, those that were refused are") {
  Scene scene;
  for (const char* recipient : {"a@example.org", "b@example.org", "c@example.org"})
    CHECK(scene.decide(mail(recipient)).empty());
  CHECK(scene.decide(mail("late@example.org")) == kSlowRecipients);
  scene.clock.advance(24h * 80);
  for (const char* recipient :
       {"d@example.org", "e@example.org", "f@example.org", "a@example.org", "b@example.org"})
    CHECK(scene.decide(mail(recipient)).empty());
  CHECK(scene.decide(mail("late@example.org")) == kSlowRecipients);
  // a was written to again in the meantime, c was not
  scene.clock.advance(24h * 80);
  for (const char* recipient : {"x@example.org", "y@example.org", "z@example.org", "a@example.org"})
    CHECK(scene.decide(mail(recipient)).empty());
  CHECK(scene.decide(mail("c@example.org")) == kSlowRecipients);
}

TEST_CASE("A held login's mail is held at every stage that can, until the time is over") {
  Scene scene;
  policyd::hold_login(scene.state, "ALICE@test.com", "by hand", scene.state.wall_time() + 1h);
  for (const char* stage : {"MAIL", "RCPT", "DATA", "END-OF-MESSAGE"}) {
    INFO(stage);
    std::string reason;
    CHECK(scene.decide(mail("carol@test.com", "127.0.0.1", stage), &reason) == kHold);
    CHECK(reason == "held: by hand");
    CHECK(scene.decide(mail("carol@test.com", "127.0.0.1", stage, "bob@test.com")).empty());
  }
  for (const char* stage : {"CONNECT", "EHLO", "VRFY", "ETRN"}) {
    INFO(stage);
    CHECK(scene.decide(mail("", "192.0.2.1", stage)).empty());
  }
  scene.clock.advance(1h);
  CHECK(scene.decide(mail("carol@test.com")).empty());
  CHECK(scene.held().empty());
}

TEST_CASE("A login that is released starts anew") {
  Scene scene;
  for (const char* recipient :
       {"a@example.org", "b@example.org", "c@example.org", "d@example.org", "e@example.org"})
    (void)scene.decide(mail(recipient));
  CHECK(scene.decide(mail("f@example.org")) == kHold);
  CHECK(scene.release("Alice@Test.com"));
  CHECK_FALSE(scene.release("alice@test.com"));
  CHECK(scene.held().empty());

  for (const char* recipient : {"g@example.org", "h@example.org", "i@example.org"})
    CHECK(scene.decide(mail(recipient)).empty());
  CHECK(scene.decide(mail("j@example.org")) == kSlowRecipients);
  CHECK(scene.decide(mail("k@example.org")) == kSlowRecipients);
  scene.clock.advance(1min);
  CHECK(scene.decide(mail("l@example.org")) == kHold);
  CHECK(scene.log.count("login_held: ") == 2);
}

TEST_CASE("Whom containment does not concern") {
  auto settings = small();
  settings.networks = {.slow = 0, .hold = 1, .period = 1h};
  settings.recipients = {.slow = 0, .hold = 1, .period = 1h};
  tests::TemporaryFolder folder;
  daemon::ConfigFile file(folder.write("extmail.toml", ""));
  auto table = file.table("policyd");
  settings.exempt_logins = policyd::AddressList::of(table, "exempt_logins", {"@bulk.com"});
  const auto client = [](int n) { return "192.0." + number(n) + ".1"; };
  Scene scene(settings);
  for (int n = 1; n <= 5; ++n) {
    const std::string recipient = number(n) + "@example.org";
    CHECK(scene.decide(mail(recipient, client(n), "RCPT", "")).empty());
    CHECK(scene.decide(mail(recipient, client(n), "RCPT", "news@Bulk.com")).empty());
    CHECK(scene.decide(mail(number(n) + "@test.com", "127.0.0.1", "RCPT", "bob@test.com")).empty());
    CHECK(scene.decide(mail("postmaster", "127.0." + number(n) + ".1", "RCPT", "bob@test.com")).empty());
    CHECK(scene.decide(mail("", client(n), "MAIL", "bob@test.com")).empty());
    CHECK(scene.decide(mail("carol@test.com", "unknown", "RCPT", "bob@test.com")).empty());
  }
  CHECK(scene.held().empty());
  CHECK(scene.decide(mail("1@example.org", client(1), "RCPT", "joe")).empty());
  CHECK(scene.decide(mail("2@example.org", client(1), "RCPT", "JOE")) == kHold);
  Scene off(ContainmentSettings{});
  policyd::hold_login(off.state, "alice@test.com", "by hand", off.state.wall_time() + 1h);
  CHECK(off.decide(mail("a@example.org")).empty());
}

TEST_CASE("Whether one more new recipient would be let through can be asked, and costs nothing") {
  Scene scene;
  policyd::AskingState asking(scene.state);
  const ContainmentRule asked({asking, scene.clock, [&] { return scene.state.wall_time(); }, scene.log},
                              small());
  const auto would = [&](const std::string& recipient) {
    return tests::decision_of(asked, mail(recipient), {scene.directory, scene.policies});
  };
  for (int n = 1; n <= 9; ++n)
    CHECK(would(number(n) + "@example.org").empty());
  for (const char* recipient : {"a@example.org", "b@example.org", "c@example.org"})
    CHECK(scene.decide(mail(recipient)).empty());
  for (int n = 1; n <= 9; ++n)
    CHECK(would(number(n) + "@example.org") == kSlowRecipients);
  CHECK(would("a@example.org").empty());
  CHECK(scene.decide(mail("d@example.org")) == kSlowRecipients);
  CHECK(scene.held().empty());
}

TEST_CASE("Either bound may be missing") {
  auto settings = small();
  settings.networks = {.slow = 0, .hold = 0, .period = 1h};
  settings.recipients = {.slow = 1, .hold = 0, .period = 1h};
  Scene scene(settings);
  CHECK(scene.decide(mail("a@example.org", "192.0.1.1")).empty());
  for (int n = 2; n < 20; ++n)
    CHECK(scene.decide(mail(number(n) + "@example.org", "192.0." + number(n) + ".1")) == kSlowRecipients);
  CHECK(scene.held().empty());
}

TEST_CASE("With mode = log nobody is held, and the event says so") {
  auto settings = small();
  settings.rule.is_log_only = true;
  Scene scene(settings);
  for (const char* recipient : {"a@example.org", "b@example.org", "c@example.org", "d@example.org",
                                "e@example.org", "f@example.org", "g@example.org"})
    (void)scene.decide(mail(recipient));
  CHECK(scene.held().empty());
  CHECK(scene.log.count("login_held: ") == 1);
  CHECK(scene.log.has("its mail would be held, were it not for mode = \"log\""));

  // Their mail went out, so they are known.
  scene.clock.advance(2h);
  for (const char* recipient : {"d@example.org", "e@example.org", "f@example.org", "g@example.org"})
    CHECK(scene.decide(mail(recipient)).empty());
}

TEST_CASE("Trouble is a failure, but who is held stays so without a database") {
  Scene scene;
  SECTION("no state") {
    scene.state.fail(true);
    CHECK(scene.decide(mail("a@example.org")).find("temporary: ") == 0);
  }
  SECTION("no database") {
    scene.directory.fail_with(Outcome::TemporaryFailure);
    CHECK(scene.decide(mail("a@example.org")).find("temporary: ") == 0);
    policyd::hold_login(scene.state, "alice@test.com", "by hand", scene.state.wall_time() + 1h);
    CHECK(scene.decide(mail("a@example.org")) == kHold);
  }
}

TEST_CASE("Names beyond what the state takes, or with control characters, are no trouble") {
  Scene scene;
  const std::string longest = std::string(700, 'x');
  for (int n = 1; n <= 6; ++n) {
    (void)scene.decide(mail(longest + number(n) + "@example.org", "192.0.2.1", "RCPT", longest));
    (void)scene.decide(mail(longest + number(n) + "@example.org", "192.0.2.1", "RCPT", "a\tb"));
  }
  REQUIRE(scene.held().size() == 2);
  CHECK(scene.held()[0].login == "a?b");
  CHECK(scene.held()[1].login.substr(0, 100) == longest.substr(0, 100));
  CHECK(scene.release(longest));
  CHECK(scene.release("a\tb"));
}

TEST_CASE("Holds are counted") {
  Scene scene;
  for (int n = 1; n <= 9; ++n)
    (void)scene.decide(mail("carol@test.com", "192.0." + number(n) + ".1"));
  metrics::Families families;
  scene.rule.collect(families);
  CHECK(families.page().find("extmail_policyd_logins_held_total 1\n") != std::string::npos);
}
