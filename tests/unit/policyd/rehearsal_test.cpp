// SPDX-License-Identifier: MIT
#include "policyd/rehearsal.hpp"

#include "policyd/greylist/greylist_rule.hpp"
#include "policyd/limits/limit_rule.hpp"
#include "support/catch.hpp"
#include "support/fake_database.hpp"
#include "support/fake_directory.hpp"
#include "support/fake_rules.hpp"
#include "support/fake_state.hpp"
#include "support/recording_log.hpp"

#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace extmail;
using namespace extmail::policyd;
using namespace std::chrono_literals;
using tests::fake_rule;

namespace {

using Judged = Answer<Judgement>;

const char* const kStranger = "sender=a@example.org\nrecipient=alice@test.com\nclient_address=192.0.2.7\n";

/// `RULE KIND ACTION (REASON)` for each rule, then the answer.
std::vector<std::string> lines_of(const std::string& action, const Trail& trail) {
  static const char* const kinds[] = {"nothing", "action", "tried_out", "exempt", "failure"};
  std::vector<std::string> lines;
  for (const auto& [place, said] : trail) {
    std::string line = said.rule + ' ' + kinds[static_cast<int>(said.kind)];
    if (!said.action.text.empty()) line += ' ' + said.action.text;
    if (!said.action.reason.empty()) line += " (" + said.action.reason + ')';
    lines.push_back(std::move(line));
  }
  lines.push_back(action);
  return lines;
}

struct Site {
  explicit Site(RuleSet rules) { replace(std::move(rules)); }
  Site() = default;

  void replace(RuleSet rules) { rehearsal.replace(std::make_shared<const RuleSet>(std::move(rules))); }
  std::vector<std::string> explain(const std::string& attributes = kStranger) {
    std::promise<std::vector<std::string>> told;
    auto lines = told.get_future();
    REQUIRE(rehearsal.explain(attributes, [&](const std::string& action, const Trail& trail) {
      told.set_value(lines_of(action, trail));
    }));
    return lines.get();
  }

  tests::FakeClock clock;
  SystemClock real_clock;
  tests::RecordingLog log;
  tests::FakeState state{clock};
  RehearsalParts parts{state, clock};
  std::shared_ptr<tests::FakeDatabase> database = std::make_shared<tests::FakeDatabase>();
  cache::Store store{{}, {database, database}, real_clock, log};
  Rehearsal rehearsal{parts, store, clock, std::make_shared<const RuleSet>()};
};

template <typename... Rules>
RuleSet set_of(Rules... rules) {
  RuleSet set;
  (set.push_back(std::move(rules)), ...);
  return set;
}

Judged step_that(const Answer<Action>& answers) {
  return Judged::found(Step([answers](const std::function<void(Answer<Action>)>& done) { done(answers); }));
}

}  // namespace

TEST_CASE("Each rule that was asked says what it said") {
  using Lines = std::vector<std::string>;
  const Action no{"REJECT 5.7.1 no", "row 7"};
  RuleSettings tried;
  tried.is_log_only = true;
  RuleSettings passed_over;
  passed_over.on_failure = OnFailure::Dunno;
  RuleSettings defers;
  defers.on_failure = OnFailure::Defer;
  struct Row {
    const char* story;
    RuleSet rules;
    Lines lines;
  };
  std::vector<Row> rows;
  rows.push_back({"nothing", set_of(fake_rule("a", Judged::not_found())), {"a nothing", "DUNNO"}});
  rows.push_back({"the first that acts is the last that is asked",
                  set_of(fake_rule("a", Judged::not_found()), fake_rule("b", Judged::found(no)),
                         fake_rule("c", Judged::not_found())),
                  {"a nothing", "b action REJECT 5.7.1 no (row 7)", "REJECT 5.7.1 no"}});
  rows.push_back({"on trial",
                  set_of(fake_rule("a", Judged::found(no), tried), fake_rule("b", Judged::not_found())),
                  {"a tried_out REJECT 5.7.1 no (row 7)", "b nothing", "DUNNO"}});
  rows.push_back(
      {"exempt",
       set_of(fake_rule("a", Judged::found(Exempt{"row 8"})), fake_rule("b", Judged::found(no), {}, true)),
       {"a exempt (row 8)", "DUNNO"}});
  rows.push_back({"a failure that is passed over",
                  set_of(fake_rule("a", Judged::temporary_failure("away"), passed_over)),
                  {"a failure (away)", "DUNNO"}});
  rows.push_back({"a failure that decides",
                  set_of(fake_rule("a", Judged::temporary_failure("away"), defers)),
                  {"a action DEFER 4.3.0 this can't be checked now, please try again later (away)",
                   "DEFER 4.3.0 this can't be checked now, please try again later"}});
  rows.push_back({"the state is asked after the rows, and no further than need be",
                  set_of(fake_rule("a", step_that(Answer<Action>::not_found())),
                         fake_rule("b", step_that(Answer<Action>::found(no))),
                         fake_rule("c", step_that(Answer<Action>::not_found()))),
                  {"a nothing", "b action REJECT 5.7.1 no (row 7)", "REJECT 5.7.1 no"}});
  for (auto& [story, rules, lines] : rows) {
    CAPTURE(story);
    Site site(std::move(rules));
    CHECK(site.explain() == lines);
  }
}

TEST_CASE("A limit is not used up by asking, and one that is reached says so") {
  Site site;
  Limit limit;
  limit.name = "few";
  limit.per = Limit::Per::SaslUsername;
  limit.count = Limit::Count::Recipients;
  limit.window = {1, 3600s};
  limit.action = "450 4.7.1 later";
  const auto rule_on = [&](Ledger& ledger, Log& log) {
    return ActiveRule{std::make_unique<LimitRule>(ledger, std::make_shared<MailRules>(),
                                                  LimitsSettings{{}, {limit}}, site.clock, log),
                      {}};
  };
  site.replace(set_of(rule_on(site.parts.ledger, site.parts.log)));
  const std::string mail = std::string(kStranger) + "sasl_username=bob@test.com\n";
  for (int i = 0; i < 5; ++i)
    CHECK(site.explain(mail) == std::vector<std::string>{"limits nothing", "DUNNO"});

  // Somebody else uses it up.
  std::size_t taken = 0;
  site.state.take({{"unrelated", {1, 3600s}, 1}}, [&](const Answer<Taken>&) { ++taken; });
  Ledger ledger{site.state, site.clock, site.log};
  const auto real = rule_on(ledger, site.log);
  const auto facts = Facts::read("request=smtpd_access_policy\nprotocol_state=RCPT\ninstance=1\n" + mail, 1);
  const tests::FakeDirectory directory;
  const tests::FakePolicies policies;
  auto judgement = real.rule->judge(facts, {directory, policies});
  REQUIRE(judgement.is_found());
  std::get<Step>(judgement.value())([&](const Answer<Action>& answer) {
    ++taken;
    CHECK(answer.is_not_found());
  });
  REQUIRE(taken == 2);
  for (int i = 0; i < 2; ++i) {
    const auto lines = site.explain(mail);
    CHECK(lines.back() == "450 4.7.1 later");
    CHECK(lines.front().find("limits action 450 4.7.1 later (limit=few of=bob@test.com: 1 of 1 recipients") ==
          0);
  }
}

TEST_CASE("What is no list of attributes is no request") {
  Site site(set_of(fake_rule("a", Judged::not_found())));
  for (const char* wrong : {"sender\n", "sender=a@b\nwhat\n", "request=another\n"}) {
    CAPTURE(wrong);
    CHECK_FALSE(site.rehearsal.explain(wrong, [](const std::string&, const Trail&) { FAIL("answered"); }));
  }
  CHECK(site.explain("").back() == "DUNNO");
}
