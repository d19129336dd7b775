// SPDX-License-Identifier: MIT
#include "policyd/limits/limit_rule.hpp"

#include "support/catch.hpp"
#include "support/fake_directory.hpp"
#include "support/fake_state.hpp"
#include "support/policy_decision.hpp"
#include "support/policy_request.hpp"
#include "support/recording_log.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace extmail;
using namespace std::chrono_literals;
using policyd::AskedStages;
using policyd::Facts;
using policyd::Ledger;
using policyd::Limit;
using policyd::LimitRule;
using policyd::LimitsSettings;
using policyd::Window;

namespace {

Limit limit_of(Limit::Per per, Limit::Count count, std::uint64_t most, const std::string& name = "a") {
  Limit limit;
  limit.name = name;
  limit.per = per;
  limit.count = count;
  limit.window = {most, 3600s};
  limit.action = "450 4.7.1 later";
  return limit;
}

const std::string kDunno = "DUNNO";  // nothing against it
const std::string kLater = "450 4.7.1 later";

struct Mail {
  std::string instance;
  std::string login = "alice@test.com";
  std::string sender = "alice@test.com";
  std::string client = "198.51.100.7";
};

struct Scene {
  explicit Scene(std::vector<Limit> limits)
      : rule(ledger, std::make_shared<MailRules>(), LimitsSettings{{}, std::move(limits)}, clock, log) {}

  std::string rcpt(const Mail& mail, const std::string& recipient, const std::string& size = "0") {
    return ask(mail, "RCPT", {{"recipient", recipient}, {"size", size}});
  }
  std::string end(const Mail& mail, const std::string& recipients, const std::string& size = "100") {
    return ask(mail, "END-OF-MESSAGE", {{"recipient_count", recipients}, {"size", size}});
  }
  std::string ask(const Mail& mail, const std::string& stage,
                  const std::vector<std::pair<std::string, std::string>>& more) {
    std::string text = "request=smtpd_access_policy\nserver_port=587\nprotocol_state=" + stage +
                       "\ninstance=" + mail.instance + "\nsasl_username=" + mail.login +
                       "\nsender=" + mail.sender + "\nclient_address=" + mail.client + '\n';
    for (const auto& [name, value] : more)
      text.append(name).append("=").append(value).append("\n");
    const std::string decision =
        tests::decision_of(rule, Facts::read(text, 1), {directory, policies}, &reason);
    return decision.empty() ? kDunno : decision;
  }

  tests::FakeClock clock;
  tests::FakeDirectory directory;
  tests::FakePolicies policies;
  tests::FakeState state{clock};
  tests::RecordingLog log;
  Ledger ledger{state, clock, log};
  LimitRule rule;
  std::string reason;
};

}  // namespace

TEST_CASE("Recipients are counted one by one, and room comes with time") {
  Scene scene({limit_of(Limit::Per::SaslUsername, Limit::Count::Recipients, 2)});
  CHECK(scene.rcpt({"1"}, "a@x.org") == kDunno);
  CHECK(scene.rcpt({"1"}, "b@x.org") == kDunno);
  CHECK(scene.rcpt({"1"}, "b@x.org") == kDunno);  // the same once more
  CHECK(scene.rcpt({"1"}, "c@x.org") == kLater);
  CHECK(scene.reason.find("limit=a of=alice@test.com: 2 of 2 recipients in 1 h, room in ") == 0);
  CHECK(scene.end({"1"}, "2") == kDunno);
  CHECK(scene.rcpt({"2"}, "c@x.org") == kLater);
  CHECK(scene.rcpt({"3", "bob@test.com"}, "c@x.org") == kDunno);
  scene.clock.advance(3700s);
  CHECK(scene.rcpt({"4"}, "c@x.org") == kDunno);
}

TEST_CASE("Messages are counted once, however many recipients they have") {
  Scene scene({limit_of(Limit::Per::SaslUsername, Limit::Count::Messages, 1)});
  CHECK(scene.rcpt({"1"}, "a@x.org") == kDunno);
  CHECK(scene.rcpt({"1"}, "b@x.org") == kDunno);
  CHECK(scene.end({"1"}, "2") == kDunno);
  CHECK(scene.end({"1"}, "2") == kDunno);  // asked again
  CHECK(scene.rcpt({"2"}, "a@x.org") == kLater);
}

TEST_CASE("Bytes are those that were declared, until it is known how many there are") {
  Scene scene({limit_of(Limit::Per::SaslUsername, Limit::Count::Bytes, 1000)});
  CHECK(scene.rcpt({"1"}, "a@x.org", "600") == kDunno);
  CHECK(scene.rcpt({"1"}, "b@x.org", "600") == kDunno);
  CHECK(scene.end({"1"}, "2", "300") == kDunno);
  CHECK(scene.rcpt({"2"}, "a@x.org", "700") == kDunno);
  CHECK(scene.end({"2"}, "1", "701") == kLater);  // more than there is room for: all of it is given back
  CHECK(scene.rcpt({"3"}, "a@x.org", "700") == kDunno);
}

TEST_CASE("What never came to be is not counted, where the end is asked about") {
  Scene scene({limit_of(Limit::Per::SaslUsername, Limit::Count::Recipients, 2)});
  CHECK(scene.rcpt({"1"}, "a@x.org") == kDunno);
  CHECK(scene.end({"1"}, "1") == kDunno);
  CHECK(scene.rcpt({"2"}, "a@x.org") == kDunno);  // given up by the client
  CHECK(scene.rcpt({"3"}, "a@x.org") == kDunno);  // so there is room
  scene.ledger.ended(1);                          // the client is gone
  CHECK(scene.rcpt({"4"}, "a@x.org") == kDunno);
  CHECK(scene.rcpt({"4"}, "b@x.org") == kLater);
}

TEST_CASE("Where only RCPT is asked about that counts, which is said once") {
  Scene scene({limit_of(Limit::Per::SaslUsername, Limit::Count::Recipients, 1000)});
  for (std::size_t i = 0; i < 3 * AskedStages::kPlain; ++i)
    CHECK(scene.rcpt({std::to_string(i)}, "a@x.org") == kDunno);
  CHECK(scene.log.count("limits_at_rcpt_only: Postfix's port 587 ") == 1);
  Scene few({limit_of(Limit::Per::SaslUsername, Limit::Count::Recipients, 1)});
  CHECK(few.rcpt({"1"}, "a@x.org") == kDunno);
  CHECK(few.rcpt({"2"}, "a@x.org") == kLater);
}

TEST_CASE("Where the end is asked about no more, RCPT counts after a while") {
  Scene scene({limit_of(Limit::Per::SaslUsername, Limit::Count::Messages, 1)});
  CHECK(scene.end({"first", "bob@test.com"}, "1") == kDunno);
  std::size_t passed = 0;
  for (std::size_t i = 0; i < 2 * AskedStages::kGone; ++i)
    passed += scene.rcpt({std::to_string(i)}, "a@x.org") == kDunno ? 1 : 0;
  CHECK(passed <= AskedStages::kGone + 1);
  CHECK(scene.log.count("limits_at_rcpt_only: Postfix's port 587 ") == 1);
}

TEST_CASE("Where only the end is asked about that counts") {
  Scene scene({limit_of(Limit::Per::SaslUsername, Limit::Count::Recipients, 5)});
  CHECK(scene.end({"1"}, "3") == kDunno);
  CHECK(scene.end({"2"}, "3") == kLater);
  CHECK(scene.end({"3"}, "2") == kDunno);
}

TEST_CASE("Whom a limit counts") {
  struct Row {
    const char* story;
    Limit::Per per;
    Mail one;
    Mail other;
    bool are_one;
  };
  for (const auto& [story, per, one, other, are_one] : {
           Row{"a login in any case", Limit::Per::SaslUsername, {"1"}, {"2", "Alice@Test.com"}, true},
           Row{"logins of a domain", Limit::Per::SaslDomain, {"1"}, {"2", "bob@test.com"}, true},
           Row{"logins of two domains", Limit::Per::SaslDomain, {"1"}, {"2", "bob@other.com"}, false},
           Row{"extensions of a sender", Limit::Per::Sender, {"1"}, {"2", "", "alice+x@test.com"}, true},
           Row{"two senders", Limit::Per::Sender, {"1"}, {"2", "", "bob@test.com"}, false},
           Row{"senders of a domain", Limit::Per::SenderDomain, {"1"}, {"2", "", "bob@test.com"}, true},
           Row{"one client", Limit::Per::ClientNetwork, {"1"}, {"2", "", "x@y.org"}, true},
           Row{"two clients", Limit::Per::ClientNetwork, {"1"}, {"2", "", "x@y.org", "198.51.100.8"}, false},
           Row{"one recipient", Limit::Per::Recipient, {"1"}, {"2", "", "x@y.org", "203.0.113.1"}, true},
           Row{"a recipient's domain", Limit::Per::RecipientDomain, {"1"}, {"2", ""}, true},
           Row{"no login", Limit::Per::SaslUsername, {"1", ""}, {"2", ""}, false},
           Row{"the null sender", Limit::Per::Sender, {"1", "", ""}, {"2", "", ""}, false},
       }) {
    CAPTURE(story);
    Scene scene({limit_of(per, Limit::Count::Messages, 1)});
    CHECK(scene.rcpt(one, "friend@x.org") == kDunno);
    CHECK(scene.end(one, "1") == kDunno);
    CHECK(scene.rcpt(other, "Friend+tag@x.org") == (are_one ? kLater : kDunno));
  }
}

TEST_CASE("Each recipient has a count of its own where they are counted") {
  Scene scene({limit_of(Limit::Per::Recipient, Limit::Count::Messages, 1)});
  CHECK(scene.rcpt({"1"}, "a@x.org") == kDunno);
  CHECK(scene.rcpt({"1"}, "b@x.org") == kDunno);
  CHECK(scene.end({"1"}, "2") == kDunno);
  CHECK(scene.rcpt({"2"}, "b@x.org") == kLater);
  CHECK(scene.rcpt({"2"}, "c@x.org") == kDunno);
}

TEST_CASE("A recipient is counted under the address that its aliases lead to, by rows of any name") {
  Scene scene({limit_of(Limit::Per::Recipient, Limit::Count::Messages, 2),
               limit_of(Limit::Per::RecipientDomain, Limit::Count::Messages, 3, "d")});
  scene.directory.add_domain("test.com");
  scene.directory.add_domain("alias.com");
  scene.directory.add_mailbox("alice@test.com");
  scene.directory.add_alias("@alias.com", "@test.com");
  scene.directory.add_alias("sales@alias.com", "alice+sales@test.com");
  scene.directory.add_alias("two@test.com", "alice@test.com bob@test.com");
  const auto send = [&](const std::string& instance, const std::string& recipient) {
    auto said = scene.rcpt({instance}, recipient);
    if (said == kDunno)
      scene.ask({instance}, "END-OF-MESSAGE", {{"recipient", recipient}, {"recipient_count", "1"}});
    return said;
  };
  CHECK(send("1", "alice@test.com") == kDunno);
  CHECK(send("2", "Alice+x@alias.com") == kDunno);
  CHECK(send("3", "sales@alias.com") == kLater);
  CHECK(scene.reason.find("limit=a of=alice@test.com: 2 of 2 messages") == 0);
  CHECK(send("4", "two@test.com") == kDunno);
  CHECK(send("5", "two@test.com") == kLater);
  CHECK(scene.reason.find("limit=d of=test.com: 3 of 3 messages") == 0);
  scene.policies.add("sales@alias.com", "limit", "a=3");
  scene.policies.add("alice@test.com", "limit", "a=0");
  scene.policies.add("@alias.com", "limit", "d=unlimited");
  CHECK(send("6", "sales@alias.com") == kDunno);
  CHECK(send("7", "sales@alias.com") == kLater);
}

TEST_CASE("Aliases that can't be had are a failure of limits of recipients, and of no others") {
  Scene of_recipients({limit_of(Limit::Per::Recipient, Limit::Count::Messages, 1)});
  of_recipients.directory.fail_with(Outcome::TemporaryFailure);
  CHECK(of_recipients.rcpt({"1"}, "alice@test.com").find("temporary: ") == 0);
  Scene of_users({limit_of(Limit::Per::SaslUsername, Limit::Count::Messages, 1)});
  of_users.directory.fail_with(Outcome::TemporaryFailure);
  CHECK(of_users.rcpt({"1"}, "alice@test.com") == kDunno);
}

TEST_CASE("Both forms of a domain are one, in rows and in counts") {
  Scene scene({limit_of(Limit::Per::SaslDomain, Limit::Count::Messages, 9)});
  scene.policies.add("@b\u00fccher.example", "limit", "a=1");
  CHECK(scene.rcpt({"1", "joe@xn--bcher-kva.example"}, "a@x.org") == kDunno);
  CHECK(scene.end({"1", "joe@xn--bcher-kva.example"}, "1") == kDunno);
  CHECK(scene.rcpt({"2", "jane@b\u00fccher.example"}, "a@x.org") == kLater);
  CHECK(scene.reason.find("limit=a of=xn--bcher-kva.example: 1 of 1 ") == 0);
}

TEST_CASE("The closest policy says how much a subject may") {
  Scene scene({limit_of(Limit::Per::SaslUsername, Limit::Count::Messages, 1)});
  scene.policies.add("alice@test.com", "limit", "b=7");  // of another limit
  scene.policies.add("alice@test.com", "limit", "a=2");
  scene.policies.add("@test.com", "limit", "a=unlimited");
  scene.policies.add("*", "limit", "a=0");
  scene.policies.add("@exempt.com", "limit", "exempt");
  const auto passes = [&](const std::string& login, int messages) {
    int passed = 0;
    for (int i = 0; i < messages; ++i) {
      const Mail mail{login + std::to_string(i), login};
      if (scene.rcpt(mail, "a@x.org") != kDunno) continue;
      ++passed;
      CHECK(scene.end(mail, "1") == kDunno);
    }
    return passed;
  };
  CHECK(passes("alice@test.com", 5) == 2);
  CHECK(passes("bob@test.com", 5) == 5);
  CHECK(passes("carl@exempt.com", 5) == 5);
  CHECK(passes("dora@other.com", 5) == 0);
}

TEST_CASE("A policy that makes no sense says nothing, and is told once a minute") {
  for (const char* value : {"", "a", "a=", "a=-1", "a=1x", "a=99999999999999999999", "unlimited"}) {
    CAPTURE(value);
    Scene scene({limit_of(Limit::Per::SaslUsername, Limit::Count::Messages, 1)});
    scene.policies.add("alice@test.com", "limit", value);
    scene.policies.add("@test.com", "limit", "a=2");
    for (const char* instance : {"1", "2"}) {
      CHECK(scene.rcpt({instance}, "a@x.org") == kDunno);
      CHECK(scene.end({instance}, "1") == kDunno);
    }
    CHECK(scene.rcpt({"3"}, "a@x.org") == kLater);
    CHECK(scene.log.count("rule_failed: limits: extmail_policy: limit of alice@test.com is \"") == 1);
  }
}

TEST_CASE("A policy that names no limit is told once, and shown") {
  Scene scene({limit_of(Limit::Per::SaslUsername, Limit::Count::Messages, 1),
               limit_of(Limit::Per::Sender, Limit::Count::Messages, 100, "b")});
  scene.policies.add("alice@test.com", "limit", "aa=5");
  scene.policies.add("@test.com", "limit", "b=50");
  CHECK(scene.rcpt({"1"}, "a@x.org") == kDunno);
  CHECK(scene.end({"1"}, "1") == kDunno);
  CHECK(scene.rcpt({"2"}, "a@x.org") == kLater);
  CHECK(scene.log.count("limit_unknown: ") == 1);
  CHECK(scene.log.has(
      "limit_unknown: extmail_policy: limit of alice@test.com is \"aa=5\", but no [[policyd.limit]]"));
  metrics::Families families;
  scene.rule.collect(families);
  CHECK(families.page().find("\nextmail_policyd_limit_rows_unknown 1\n") != std::string::npos);
}

TEST_CASE("Messages for several are final though limits of recipients have no line for them then") {
  Scene scene({limit_of(Limit::Per::Recipient, Limit::Count::Messages, 1)});
  CHECK(scene.end({"0"}, "1") == kDunno);  // the end is asked about
  CHECK(scene.rcpt({"1"}, "a@x.org") == kDunno);
  CHECK(scene.rcpt({"1"}, "b@x.org") == kDunno);
  CHECK(scene.end({"1"}, "2") == kDunno);
  CHECK(scene.rcpt({"2"}, "b@x.org") == kLater);
}

TEST_CASE("Bytes of a recipient are bounded where nobody declares them") {
  Scene scene({limit_of(Limit::Per::Recipient, Limit::Count::Bytes, 1000)});
  CHECK(scene.rcpt({"1"}, "a@x.org") == kDunno);
  CHECK(scene.rcpt({"1"}, "b@x.org") == kDunno);
  CHECK(scene.end({"1"}, "2", "1001") == kLater);
  CHECK(scene.reason.find("limit=a of=a@x.org: 1 of 1000 bytes in 1 h") == 0);
}

TEST_CASE("All limits count, or none: what one refuses is no part of the others") {
  Scene scene({limit_of(Limit::Per::SaslDomain, Limit::Count::Recipients, 3, "domain"),
               limit_of(Limit::Per::SaslUsername, Limit::Count::Recipients, 1, "user")});
  CHECK(scene.rcpt({"1"}, "a@x.org") == kDunno);
  CHECK(scene.rcpt({"1"}, "b@x.org") == kLater);
  CHECK(scene.reason.find("limit=user ") == 0);
  CHECK(scene.rcpt({"2", "bob@test.com"}, "a@x.org") == kDunno);
  CHECK(scene.rcpt({"3", "carl@test.com"}, "a@x.org") == kDunno);
  CHECK(scene.rcpt({"4", "dora@test.com"}, "a@x.org") == kLater);
  CHECK(scene.reason.find("limit=domain of=test.com: 3 of 3 ") == 0);
}

TEST_CASE("A burst is a second bound") {
  auto limit = limit_of(Limit::Per::SaslUsername, Limit::Count::Recipients, 3);
  limit.burst = Window{2, 60s};
  Scene scene({limit});
  CHECK(scene.rcpt({"1"}, "a@x.org") == kDunno);
  CHECK(scene.rcpt({"1"}, "b@x.org") == kDunno);
  CHECK(scene.rcpt({"1"}, "c@x.org") == kLater);
  scene.clock.advance(62s);
  CHECK(scene.rcpt({"1"}, "c@x.org") == kDunno);
  CHECK(scene.rcpt({"1"}, "d@x.org") == kLater);
}

TEST_CASE("A limit on trial lets through, and says what it would have done") {
  auto limit = limit_of(Limit::Per::SaslUsername, Limit::Count::Recipients, 1);
  limit.is_log_only = true;
  Scene scene({limit});
  CHECK(scene.rcpt({"1"}, "a@x.org") == kDunno);
  CHECK(scene.log.count("tried_out: ") == 0);
  CHECK(scene.rcpt({"1"}, "b@x.org") == kDunno);
  CHECK(scene.log.has("rule=limits: 450 4.7.1 later (limit=a of=alice@test.com: 2 of 1 recipients"));
}

TEST_CASE("Clients in exempt networks, and other stages, are not counted") {
  auto limit = limit_of(Limit::Per::SaslUsername, Limit::Count::Recipients, 1);
  limit.exempt_networks = NetworkList::parse("198.51.100.0/24").value();
  Scene scene({limit});
  CHECK(scene.rcpt({"1"}, "a@x.org") == kDunno);
  CHECK(scene.rcpt({"1"}, "b@x.org") == kDunno);
  for (const char* stage : {"CONNECT", "EHLO", "MAIL", "VRFY", "ETRN"}) {
    for (int i = 0; i < 3; ++i)
      CHECK(scene.ask({"2", "alice@test.com", "alice@test.com", "203.0.113.1"}, stage, {}) == kDunno);
  }
}

TEST_CASE("A state that can't be asked is a failure of the rule, and counts nothing") {
  Scene scene({limit_of(Limit::Per::SaslUsername, Limit::Count::Recipients, 1)});
  scene.state.fail(true);
  CHECK(scene.rcpt({"1"}, "a@x.org").find("temporary: ") == 0);
  scene.state.fail(false);
  CHECK(scene.rcpt({"1"}, "a@x.org") == kDunno);
}
