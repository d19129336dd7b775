// SPDX-License-Identifier: MIT
#include "policyd/quota/quota_rule.hpp"

#include "support/catch.hpp"
#include "support/fake_directory.hpp"
#include "support/policy_decision.hpp"
#include "support/policy_request.hpp"
#include "support/recording_log.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace extmail;
using policyd::Facts;
using policyd::QuotaRule;
using policyd::QuotaSettings;

namespace {

/// Usage in memory; whoever is not in it was not counted.
class FakeUsage final : public MailUsage {
 public:
  [[nodiscard]] Answer<Usage> find_usage(const MailboxRecord& mailbox) const override {
    ++asked;
    if (mailbox.username == broken) return Answer<Usage>::permanent_failure("may not be read");
    if (is_away) return Answer<Usage>::temporary_failure("away");
    const auto found = counted.find(mailbox.username);
    return found == counted.end() ? Answer<Usage>::not_found() : Answer<Usage>::found(found->second);
  }

  std::map<std::string, Usage> counted;
  std::string broken;
  bool is_away = false;
  mutable std::atomic<int> asked{0};
};

/// The rule with what it stands on.
struct Scene {
  explicit Scene(bool defers = false, std::size_t max_queued = 16)
      : workers("usage", 1, max_queued, log),
        rule(std::make_shared<MailRules>(), usage, workers, clock,
             {.enabled = true, .rule = {}, .usage = {}, .defers = defers, .grace_percent = 10}) {
    directory.add_domain("test.com");
    directory.add_mailbox("alice@test.com").quota = "1000S,10C";
    directory.add_mailbox("bob@test.com").quota = "1000";
    directory.add_mailbox("free@test.com").quota = "0S";
    directory.add_mailbox("none@test.com").quota = "";
    directory.add_alias("team@test.com", "alice@test.com,bob@test.com");
    directory.add_alias("mixed@test.com", "alice@test.com,joe@example.org");
    directory.add_alias("open@test.com", "alice@test.com,free@test.com");
    directory.add_alias("one@test.com", "alice@test.com");
    directory.add_alias("loop@test.com", "pool@test.com");
    directory.add_alias("pool@test.com", "loop@test.com");
  }

  std::string decide(const std::shared_ptr<const Facts>& facts, std::string* reason = nullptr) const {
    return tests::decision_of(rule, facts, {directory, policies}, reason);
  }

  tests::RecordingLog log;
  tests::FakeClock clock;
  tests::FakeDirectory directory;
  tests::FakePolicies policies;
  std::shared_ptr<FakeUsage> usage = std::make_shared<FakeUsage>();
  net::Workers workers;
  QuotaRule rule;
};

std::shared_ptr<const Facts> mail(const std::string& recipient, const std::string& size,
                                  const std::string& stage = "RCPT") {
  return tests::policy_request({{"protocol_state", stage}, {"recipient", recipient}, {"size", size}});
}

const std::string kFull = "552 5.2.2 the mailbox is full";

}  // namespace

TEST_CASE("Mail for a full mailbox is refused") {
  struct Case {
    const char* story;
    const char* recipient;
    Usage usage;
    const char* size;
    bool is_refused;
  };
  const std::vector<Case> cases{
      {"it fits", "alice@test.com", {500, 5}, "500", false},
      {"within the grace", "alice@test.com", {500, 5}, "600", false},
      {"beyond the grace", "alice@test.com", {500, 5}, "601", true},
      {"full, of unknown size", "alice@test.com", {1000, 5}, "0", true},
      {"full, of no declared size", "alice@test.com", {1000, 5}, "", true},
      {"not full, of unknown size", "alice@test.com", {999, 5}, "", false},
      {"no grace for who is full", "alice@test.com", {1000, 5}, "1", true},
      {"more than full", "alice@test.com", {5000, 5}, "1", true},
      {"too many messages", "alice@test.com", {0, 10}, "1", true},
      {"the last message", "alice@test.com", {0, 9}, "1", false},
      {"larger than any mailbox", "alice@test.com", {0, 0}, "99999999999999999999999", true},
      {"with an extension", "Alice+x@test.com", {1000, 5}, "1", true},
      {"an alias", "one@test.com", {1000, 5}, "1", true},
      {"an alias to somebody else too", "mixed@test.com", {1000, 5}, "1", false},
      {"an alias to an unlimited mailbox too", "open@test.com", {1000, 5}, "1", false},
      {"an alias to one that was not counted too", "team@test.com", {1000, 5}, "1", false},
      {"an alias to nobody", "loop@test.com", {1000, 5}, "1", false},
      {"an unlimited mailbox", "free@test.com", {1000, 5}, "1", false},
      {"a mailbox without a quota", "none@test.com", {1000, 5}, "1", false},
      {"one that was not counted", "bob@test.com", {1000, 5}, "1", false},
      {"a recipient of elsewhere", "joe@example.org", {1000, 5}, "1", false},
      {"no address", "postmaster", {1000, 5}, "1", false},
      {"no recipient", "", {1000, 5}, "1", false},
  };
  for (const auto& c : cases) {
    INFO(c.story);
    const Scene scene;
    scene.usage->counted = {
        {"alice@test.com", c.usage}, {"free@test.com", c.usage}, {"none@test.com", c.usage}};
    CHECK(scene.decide(mail(c.recipient, c.size)) == (c.is_refused ? kFull : ""));
    CHECK(scene.decide(mail(c.recipient, c.size, "END-OF-MESSAGE")) == (c.is_refused ? kFull : ""));
    CHECK(scene.decide(mail(c.recipient, c.size, "MAIL")).empty());
    CHECK(scene.decide(mail(c.recipient, c.size, "DATA")).empty());
  }
}

TEST_CASE("An alias is refused when all its mailboxes are full") {
  const Scene scene(true);
  scene.usage->counted = {{"alice@test.com", {1000, 5}}, {"bob@test.com", {900, 5}}};
  CHECK(scene.decide(mail("team@test.com", "1")).empty());
  std::string reason;
  CHECK(scene.decide(mail("team@test.com", "201"), &reason) ==
        "452 4.2.2 the mailbox is full, please try again later");
  CHECK(reason.find("; the message has 201; mailboxes of the alias, all full: 2") != std::string::npos);
}

TEST_CASE("The reason names the mailbox and what it holds") {
  const Scene scene;
  scene.usage->counted = {{"alice@test.com", {1200, 5}}};
  std::string reason;
  CHECK(scene.decide(mail("one@test.com", "7"), &reason) == kFull);
  CHECK(reason == "alice@test.com holds 1200 of 1000 bytes, 5 of 10 messages; the message has 7");
}

TEST_CASE("What can't be read is a failure, unless another mailbox has room") {
  const Scene scene;
  scene.usage->broken = "alice@test.com";
  CHECK(scene.decide(mail("alice@test.com", "1")) == "permanent: may not be read");
  scene.usage->counted = {{"bob@test.com", {1000, 5}}};
  CHECK(scene.decide(mail("team@test.com", "1")) == "permanent: may not be read");
  scene.usage->counted = {{"bob@test.com", {1, 5}}};
  CHECK(scene.decide(mail("team@test.com", "1")).empty());
}

TEST_CASE("A source of usage that is away is asked once") {
  const Scene scene;
  scene.usage->is_away = true;
  CHECK(scene.decide(mail("team@test.com", "1")) == "temporary: away");
  CHECK(scene.usage->asked == 1);
}

TEST_CASE("Without a database, or with too much waiting, it is a failure") {
  SECTION("no database") {
    Scene scene;
    scene.directory.fail_with(Outcome::TemporaryFailure);
    CHECK(scene.decide(mail("alice@test.com", "1")).find("temporary: ") == 0);
  }
  SECTION("too much waits") {
    const Scene scene(false, 0);
    CHECK(scene.decide(mail("alice@test.com", "1")) == "temporary: too much waits for what mailboxes hold");
  }
}

TEST_CASE("The quota rule can be off") {
  tests::RecordingLog log;
  const tests::FakeClock clock;
  const Scene scene;
  scene.usage->counted = {{"alice@test.com", {1000, 5}}};
  net::Workers workers("usage", 1, 16, log);
  const QuotaRule off(std::make_shared<MailRules>(), scene.usage, workers, clock, QuotaSettings{});
  CHECK(tests::decision_of(off, mail("alice@test.com", "1"), {scene.directory, scene.policies}).empty());
}
