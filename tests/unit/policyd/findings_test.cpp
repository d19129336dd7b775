// SPDX-License-Identifier: MIT
#include "policyd/findings.hpp"

#include "support/catch.hpp"
#include "support/fake_directory.hpp"
#include "support/fake_rules.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace extmail;
using namespace extmail::policyd;
using tests::fake_rule;

namespace {

using Said = Answer<Judgement>;

Said nothing() {
  return Said::not_found();
}
Said act(const std::string& text) {
  return Said::found(Action{text, "because"});
}
Said exempt() {
  return Said::found(Exempt{"known"});
}
Said step() {
  return Said::found(Step([](const auto& done) { done(Answer<Action>::not_found()); }));
}
Said away() {
  return Said::temporary_failure("the database is away");
}
Said broken() {
  return Said::permanent_failure("the row is damaged");
}

RuleSettings on_failure(OnFailure what, bool is_log_only = false) {
  return {.on_failure = what, .is_log_only = is_log_only};
}

constexpr bool kForStrangers = true;
const RuleSettings kTried{.on_failure = OnFailure::Dunno, .is_log_only = true};

Findings findings_of(const RuleSet& rules) {
  static const tests::FakeDirectory directory;
  static const tests::FakePolicies policies;
  return judge(rules, Facts::read("request=smtpd_access_policy\nprotocol_state=RCPT\n", 1),
               {directory, policies});
}

/// `rule: action` of who decided, `-` for nobody.
std::string decided(const Findings& findings) {
  if (!findings.decided) return "-";
  return std::to_string(findings.decided->rule) + ": " + findings.decided->action.text;
}

template <typename... Rules>
RuleSet set_of(Rules... rules) {
  RuleSet set;
  (set.push_back(std::move(rules)), ...);
  return set;
}

}  // namespace

TEST_CASE("The first rule with an action decides, and those behind it are not asked") {
  int asked = 0;
  RuleSet rules = set_of(fake_rule("a", nothing()), fake_rule("b", act("REJECT no")));
  rules.push_back({std::make_unique<tests::FakeRule>("c",
                                                     [&](const Facts&, const Rows&) {
                                                       ++asked;
                                                       return act("HOLD too late");
                                                     }),
                   {}});
  const auto findings = findings_of(rules);
  CHECK(decided(findings) == "1: REJECT no");
  CHECK(findings.decided->action.reason == "because");
  CHECK(asked == 0);
}

TEST_CASE("No rule, or none with anything against it, decides nothing") {
  CHECK(decided(findings_of({})) == "-");
  const auto findings = findings_of(set_of(fake_rule("a", nothing()), fake_rule("b", nothing())));
  CHECK(decided(findings) == "-");
  CHECK(findings.judged == std::vector<std::size_t>{0, 1});
}

TEST_CASE("A rule on trial is noted and passed over") {
  const auto findings =
      findings_of(set_of(fake_rule("a", act("REJECT one"), kTried), fake_rule("b", act("DEFER two"))));
  CHECK(decided(findings) == "1: DEFER two");
  REQUIRE(findings.tried.size() == 1);
  CHECK(findings.tried[0].rule == 0);
  CHECK(findings.tried[0].action.text == "REJECT one");
}

TEST_CASE("Who is exempt is spared by the rules against strangers behind it, and by no other") {
  const auto spared = findings_of(
      set_of(fake_rule("lists", exempt()), fake_rule("greylist", act("DEFER grey"), {}, kForStrangers)));
  CHECK(decided(spared) == "-");
  REQUIRE(spared.exempted);
  CHECK(spared.exempted->rule == 0);

  CHECK(decided(findings_of(set_of(fake_rule("lists", exempt()),
                                   fake_rule("accounts", act("REJECT off"))))) == "1: REJECT off");
  CHECK(decided(findings_of(set_of(fake_rule("greylist", act("DEFER grey"), {}, kForStrangers),
                                   fake_rule("lists", exempt())))) == "0: DEFER grey");
  // An exemption on trial exempts nobody.
  CHECK(decided(findings_of(set_of(fake_rule("lists", exempt(), kTried),
                                   fake_rule("greylist", act("DEFER grey"), {}, kForStrangers)))) ==
        "1: DEFER grey");
}

TEST_CASE("Steps are kept in the rules' order") {
  const auto findings =
      findings_of(set_of(fake_rule("a", step()), fake_rule("b", nothing()), fake_rule("c", step())));
  CHECK(decided(findings) == "-");
  REQUIRE(findings.steps.size() == 2);
  CHECK(findings.steps[0].rule == 0);
  CHECK(findings.steps[1].rule == 2);
}

TEST_CASE("A rule that can't tell does its on_failure, and keeps no other from telling") {
  for (const auto& failure : {away(), broken()}) {
    CHECK(decided(findings_of(set_of(fake_rule("a", failure), fake_rule("b", act("REJECT b"))))) ==
          "1: REJECT b");
    CHECK(decided(findings_of(set_of(fake_rule("a", failure, on_failure(OnFailure::Defer)),
                                     fake_rule("b", act("REJECT b"))))) ==
          "0: DEFER 4.3.0 this can't be checked now, please try again later");
    CHECK(decided(findings_of(set_of(fake_rule("a", failure, on_failure(OnFailure::Reject))))) ==
          "0: REJECT 5.3.0 this can't be checked now");
    // On trial it does nothing at all.
    CHECK(decided(findings_of(set_of(fake_rule("a", failure, on_failure(OnFailure::Reject, true))))) == "-");
  }
  const auto findings = findings_of(set_of(fake_rule("a", away()), fake_rule("b", broken())));
  REQUIRE(findings.failures.size() == 2);
  CHECK(findings.failures[0].outcome == Outcome::TemporaryFailure);
  CHECK(findings.failures[1].outcome == Outcome::PermanentFailure);
  CHECK(findings.failures[1].reason == "the row is damaged");
  CHECK(findings.judged.empty());
}
