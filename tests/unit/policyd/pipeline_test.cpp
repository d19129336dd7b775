// SPDX-License-Identifier: MIT
#include "policyd/pipeline.hpp"

#include "support/catch.hpp"
#include "support/fake_database.hpp"
#include "support/fake_directory.hpp"
#include "support/fake_rules.hpp"
#include "support/recording_log.hpp"

#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace extmail;
using namespace extmail::policyd;
using namespace std::chrono_literals;
using tests::fake_rule;

namespace {

using Said = Answer<Judgement>;
using Done = std::function<void(Answer<Action>)>;

const char* const kRequest =
    "request=smtpd_access_policy\nprotocol_state=RCPT\nsender=a@example.org\nrecipient=alice@test.com\n"
    "client_address=192.0.2.7\n";

Said step(std::function<void(Done)> how) {
  return Said::found(Step(std::move(how)));
}
Said step_that(const Answer<Action>& answers) {
  return step([answers](const Done& done) { done(answers); });
}

/// A pipeline on a database of one mailbox. Rules are told time by a clock that stands.
struct Site {
  explicit Site(RuleSet rules)
      : pipeline(Pipeline::Parts{store, metrics, health, clock, log}, share(std::move(rules))) {}

  static std::shared_ptr<const RuleSet> share(RuleSet rules) {
    return std::make_shared<const RuleSet>(std::move(rules));
  }
  static std::shared_ptr<tests::FakeDatabase> make_database() {
    auto database = std::make_shared<tests::FakeDatabase>();
    database->put(DomainRecord{"test.com", true, "", {}, ""});
    MailboxRecord alice;
    alice.username = "alice@test.com";
    database->put(alice);
    return database;
  }

  std::string ask() {
    std::promise<std::string> answer;
    auto given = answer.get_future();
    pipeline.decide(Facts::read(kRequest, 1), [&](const std::string& action) { answer.set_value(action); });
    return given.get();
  }
  [[nodiscard]] std::string page() const {
    metrics::Families families;
    metrics.collect(families);
    return families.page();
  }
  [[nodiscard]] bool shows(const std::string& line) const {
    return page().find(line + '\n') != std::string::npos;
  }

  tests::FakeClock clock;
  SystemClock real_clock;
  tests::RecordingLog log;
  DecisionMetrics metrics{{"a", "b"}};
  RuleHealth health{clock, log};
  std::shared_ptr<tests::FakeDatabase> database = make_database();
  cache::Store store{{}, {database, database}, real_clock, log};
  Pipeline pipeline;
};

template <typename... Rules>
RuleSet set_of(Rules... rules) {
  RuleSet set;
  (set.push_back(std::move(rules)), ...);
  return set;
}

}  // namespace

TEST_CASE("A request that no rule has anything against is left to Postfix") {
  Site site(set_of(fake_rule("a", Said::not_found())));
  CHECK(site.ask() == "DUNNO");
  CHECK(site.shows("extmail_policyd_passed_total 1"));
  CHECK(site.shows("extmail_policyd_requests_total{stage=\"rcpt\"} 1"));
}

TEST_CASE("What a rule decides is answered, counted and logged with its reason") {
  struct Row {
    const char* action;
    const char* event;
    const char* kind;
  };
  for (const auto& [action, event, kind] : {
           Row{"REJECT 5.7.1 no", "refused", "reject"},
           Row{"450 4.7.1 later", "deferred", "defer"},
           Row{"HOLD for now", "held", "hold"},
           Row{"PREPEND X-A: b", "decided", "other"},
       }) {
    CAPTURE(action);
    Site site(set_of(fake_rule("a", Said::found(Action{action, "row 7"}))));
    CHECK(site.ask() == action);
    CHECK(site.log.has(std::string(event) + ": stage=RCPT sender=a@example.org"));
    CHECK(site.log.has(std::string("rule=a: ") + action + " (row 7)"));
    CHECK(site.shows("extmail_policyd_decisions_total{rule=\"a\",action=\"" + std::string(kind) +
                     "\",mode=\"enforce\"} 1"));
  }
}

TEST_CASE("An action that a rule left empty reaches Postfix as DUNNO") {
  Site site(set_of(fake_rule("a", Said::found(Action{"", "a fault of ours"}))));
  CHECK(site.ask() == "DUNNO");
}

TEST_CASE("A rule on trial is logged and counted, and the mail goes on") {
  const RuleSettings tried{.on_failure = OnFailure::Dunno, .is_log_only = true};
  Site site(set_of(fake_rule("a", Said::found(Action{"REJECT no", "x"}), tried),
                   fake_rule("b", step_that(Answer<Action>::found({"450 later", "y"})), tried)));
  CHECK(site.ask() == "DUNNO");
  CHECK(site.log.count("tried_out: ") == 2);
  CHECK(site.shows("extmail_policyd_decisions_total{rule=\"a\",action=\"reject\",mode=\"log\"} 1"));
  CHECK(site.shows("extmail_policyd_decisions_total{rule=\"b\",action=\"defer\",mode=\"log\"} 1"));
}

TEST_CASE("Rows that are not in memory are fetched, and the rules asked again") {
  RuleSet rules;
  rules.push_back({std::make_unique<tests::FakeRule>(
                       "a",
                       [](const Facts& facts, const Rows& rows) {
                         const auto row = rows.directory.find_mailbox(facts.recipient()->text(), {});
                         if (!row.is_found()) return Said::same_failure(row);
                         return Said::found(Action{"HOLD " + row.value().username, ""});
                       }),
                   {}});
  Site site(std::move(rules));
  CHECK(site.ask() == "HOLD alice@test.com");
  CHECK(site.log.count("rule_failing") == 0);
}

TEST_CASE("Steps are taken one after the other, until one acts") {
  std::vector<std::string> taken;
  const auto noting = [&](const char* name, const Answer<Action>& answer) {
    return step([&taken, name, answer](const Done& done) {
      taken.emplace_back(name);
      done(answer);
    });
  };
  SECTION("none does") {
    Site site(set_of(fake_rule("a", noting("a", Answer<Action>::not_found())),
                     fake_rule("b", noting("b", Answer<Action>::not_found()))));
    CHECK(site.ask() == "DUNNO");
    CHECK(taken == std::vector<std::string>{"a", "b"});
  }
  SECTION("the first does") {
    Site site(set_of(fake_rule("a", noting("a", Answer<Action>::found({"450 a", ""}))),
                     fake_rule("b", noting("b", Answer<Action>::not_found()))));
    CHECK(site.ask() == "450 a");
    CHECK(taken == std::vector<std::string>{"a"});
  }
  SECTION("what rows decide spares the state") {
    Site site(set_of(fake_rule("a", noting("a", Answer<Action>::not_found())),
                     fake_rule("b", Said::found(Action{"REJECT b", ""}))));
    CHECK(site.ask() == "REJECT b");
    CHECK(taken.empty());
  }
}

TEST_CASE("A step may answer later, on another thread") {
  std::optional<std::thread> later;
  Site site(set_of(fake_rule("a", step([&](const Done& done) {
                               later.emplace([done] { done(Answer<Action>::found({"450 later", ""})); });
                             }))));
  CHECK(site.ask() == "450 later");
  later->join();
}

TEST_CASE("A step that can't tell does the rule's on_failure") {
  const auto away = step_that(Answer<Action>::temporary_failure("the state is away"));
  struct Row {
    OnFailure on_failure;
    const char* action;
  };
  for (const auto& [on_failure, action] : {
           Row{OnFailure::Dunno, "HOLD b"},
           Row{OnFailure::Defer, "DEFER 4.3.0 this can't be checked now, please try again later"},
           Row{OnFailure::Reject, "REJECT 5.3.0 this can't be checked now"},
       }) {
    CAPTURE(action);
    Site site(set_of(fake_rule("a", away, {.on_failure = on_failure}),
                     fake_rule("b", step_that(Answer<Action>::found({"HOLD b", ""})))));
    CHECK(site.ask() == action);
    CHECK(site.shows("extmail_policyd_rule_failures_total{rule=\"a\"} 1"));
    CHECK(site.log.count("rule_failing: a: the state is away") == 1);
  }
}

TEST_CASE("Trouble is said once, and so is its end") {
  bool is_away = true;
  RuleSet rules;
  rules.push_back({std::make_unique<tests::FakeRule>("a",
                                                     [&](const Facts&, const Rows&) {
                                                       return is_away ? Said::temporary_failure("away")
                                                                      : Said::not_found();
                                                     }),
                   {}});
  Site site(std::move(rules));
  for (int i = 0; i < 3; ++i) {
    CHECK(site.ask() == "DUNNO");
    site.clock.advance(1s);
  }
  CHECK(site.log.count("rule_failing: a: away; until it can tell again, on_failure (dunno)") == 1);
  is_away = false;
  CHECK(site.ask() == "DUNNO");
  CHECK(site.log.count("rule_works_again: a") == 0);  // it may fail for the next request again
  site.clock.advance(RuleHealth::kQuiet);
  CHECK(site.ask() == "DUNNO");
  CHECK(site.ask() == "DUNNO");
  CHECK(site.log.count("rule_works_again: a") == 1);
}

TEST_CASE("What an admin has to mend is said with the request, once a minute") {
  Site site(set_of(fake_rule("a", Said::permanent_failure("the row is damaged"))));
  CHECK(site.ask() == "DUNNO");
  CHECK(site.ask() == "DUNNO");
  CHECK(site.log.count("rule_failed: a: stage=RCPT sender=a@example.org") == 1);
  site.clock.advance(61s);
  CHECK(site.ask() == "DUNNO");
  CHECK(site.log.count("rule_failed: a: ") == 2);
}

TEST_CASE("Rules are replaced for the next request") {
  Site site(set_of(fake_rule("a", Said::found(Action{"HOLD a", ""}))));
  CHECK(site.ask() == "HOLD a");
  site.pipeline.replace(Site::share(set_of(fake_rule("b", Said::found(Action{"HOLD b", ""})))));
  CHECK(site.ask() == "HOLD b");
}
