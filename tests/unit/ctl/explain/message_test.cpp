// SPDX-License-Identifier: MIT
#include "ctl/explain/message.hpp"

#include "support/catch.hpp"
#include "unit/ctl/explain/world.hpp"

#include <string>

using namespace extmail;
using namespace extmail::ctl;

namespace {

AskPolicy policy_that(const std::string& lines) {
  return [lines](const Mail&) { return read_policy_answer(lines); };
}
const char* const kNothing = "accounts\tnothing\t\t\n=\tDUNNO\nOK\n";

}  // namespace

TEST_CASE("What becomes of a message is said in one sentence") {
  struct Row {
    const char* story;
    Mail mail;
    std::string policy;
    Verdict verdict;
    const char* sentence;
  };
  const Mail stranger{"a@example.org", "alice@test.com", "", "192.0.2.7"};
  const std::string wait = "greylist\taction\tDEFER_IF_PERMIT 4.2.0 greylisted\ta stranger\n";
  for (const auto& row : {
           Row{"passes", stranger, kNothing, Verdict::Passes,
               "Mail from a@example.org to alice@test.com is delivered to alice@test.com by LMTP."},
           Row{"a rule refuses", stranger, "lists\taction\tREJECT 5.7.1 no\trow 7\n=\tREJECT 5.7.1 no\nOK\n",
               Verdict::Refused,
               "Mail from a@example.org to alice@test.com is refused: 554 5.7.1 no (row 7)."},
           Row{"greylisted", stranger, wait + "=\tDEFER_IF_PERMIT 4.2.0 greylisted\nOK\n", Verdict::Temporary,
               "Mail from a@example.org to alice@test.com is told to come again: 450 4.2.0 greylisted (a "
               "stranger)."},
           Row{"held",
               {"alice@test.com", "x@example.org", "alice@test.com", "192.0.2.7"},
               "containment\taction\tHOLD it is held\twhy\n=\tHOLD it is held\nOK\n",
               Verdict::Temporary,
               "Mail from alice@test.com to x@example.org waits in Postfix's hold queue (it is held (why)), "
               "and "
               "then is sent to x@example.org by SMTP."},
           Row{"policyd is away", stranger, "ERROR away\n", Verdict::Temporary,
               "Mail from a@example.org to alice@test.com can't be told of: extmail-policyd: away."},
           Row{"half an answer", stranger, "accounts\tnothing\t\t\n", Verdict::Temporary,
               "Mail from a@example.org to alice@test.com can't be told of: extmail-policyd: the answer is "
               "not "
               "whole."},
           Row{"relaying for strangers",
               {"a@example.org", "x@elsewhere.org", "", "192.0.2.7"},
               kNothing,
               Verdict::Refused,
               "Mail from a@example.org to x@elsewhere.org is refused: 554 5.7.1 Relay access denied, "
               "because "
               "elsewhere.org is no domain of ours; who has logged in may send there."},
           Row{"this host may",
               {"a@example.org", "x@elsewhere.org", "", "127.0.0.1"},
               kNothing,
               Verdict::Passes,
               "Mail from a@example.org to x@elsewhere.org is sent to x@elsewhere.org by SMTP."},
           Row{"the owner",
               {"team@test.com", "x@elsewhere.org", "Bob@test.com", "192.0.2.7"},
               kNothing,
               Verdict::Passes,
               "Mail from team@test.com to x@elsewhere.org is sent to x@elsewhere.org by SMTP."},
           Row{"another's address",
               {"alice@test.com", "x@elsewhere.org", "bob@test.com", "192.0.2.7"},
               kNothing,
               Verdict::Refused,
               "Mail from alice@test.com to x@elsewhere.org is refused: 553 5.7.1 Sender address rejected: "
               "not "
               "owned by user bob@test.com, because alice@test.com belongs to alice@test.com."},
           Row{"nobody's address",
               {"x@nowhere.org", "alice@test.com", "bob@test.com", "192.0.2.7"},
               kNothing,
               Verdict::Refused,
               "Mail from x@nowhere.org to alice@test.com is refused: 553 5.7.1 Sender address rejected: not "
               "owned "
               "by user bob@test.com, because x@nowhere.org belongs to nobody."},
           Row{"the null sender",
               {"", "alice@test.com", "", "192.0.2.7"},
               kNothing,
               Verdict::Passes,
               "Mail from the null sender to alice@test.com is delivered to alice@test.com by LMTP."},
       }) {
    CAPTURE(row.story);
    tests::ExplainedWorld world;
    const MainCf everything;
    const auto explanation = explain_mail(world.maps, everything, row.mail, policy_that(row.policy));
    CHECK(explanation.verdict == row.verdict);
    CHECK(explanation.sentence == row.sentence);
  }
}

TEST_CASE("Without a socket for control the rules are left out, and that is said") {
  tests::ExplainedWorld world;
  const MainCf everything;
  const auto none = [](const Mail&) { return Answer<PolicyAnswer>::not_found(); };
  const auto explanation =
      explain_mail(world.maps, everything, {"a@b.org", "alice@test.com", "", "192.0.2.7"}, none);
  CHECK(explanation.verdict == Verdict::Passes);
  bool is_said = false;
  for (const auto& step : explanation.steps)
    is_said = is_said || (!step.notes.empty() && step.notes[0].find("extmail-policyd is not asked") == 0);
  CHECK(is_said);
}

TEST_CASE("extmail-policyd is asked as Postfix asks it") {
  CHECK(
      policy_question({"a@b.org", "c@d.org", "", "192.0.2.7"}) ==
      "explain "
      "sender=a@b.org\trecipient=c@d.org\tclient_address=192.0.2.7\tclient_name=unknown\trecipient_count=0");
  CHECK(policy_question({"", "c@d.org", "u@d.org", "::1"}) ==
        "explain "
        "sender=\trecipient=c@d.org\tclient_address=::1\tclient_name=unknown\trecipient_count=0\tsasl_method="
        "PLAIN\tsasl_username=u@d.org");
}
