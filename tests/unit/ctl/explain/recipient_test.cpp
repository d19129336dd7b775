// SPDX-License-Identifier: MIT
#include "ctl/explain/recipient.hpp"

#include "support/catch.hpp"
#include "unit/ctl/explain/world.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

using namespace extmail;
using namespace extmail::ctl;

TEST_CASE("Whom mail for an address reaches is said in one sentence") {
  struct Row {
    const char* address;
    Verdict verdict;
    const char* sentence;  // behind "Mail to ADDRESS "
  };
  tests::ExplainedWorld world;
  const MainCf everything;
  for (
      const auto& [address, verdict, sentence] : {
          Row{"alice@test.com", Verdict::Passes, "is delivered to alice@test.com by LMTP."},
          Row{"team@test.com", Verdict::Passes, "is delivered to alice@test.com and bob@test.com by LMTP."},
          Row{"self@test.com", Verdict::Passes, "is delivered to self@test.com and alice@test.com by LMTP."},
          Row{"alice+x@test.com", Verdict::Passes, "is delivered to alice+x@test.com by LMTP."},
          Row{"team+x@test.com", Verdict::Passes,
              "is delivered to alice+x@test.com and bob+x@test.com by LMTP."},
          Row{"any@catch.com", Verdict::Passes, "is delivered to alice@test.com by LMTP."},
          Row{"bob@mirror.com", Verdict::Passes, "is delivered to bob@test.com by LMTP."},
          Row{"info@xn--bcher-kva.example", Verdict::Passes,
              "is delivered to info@xn--bcher-kva.example by LMTP."},
          Row{"away@test.com", Verdict::Passes, "is sent to friend@elsewhere.org by SMTP."},
          Row{"nobody@test.com", Verdict::Refused,
              "is refused: 550 5.1.1 User unknown in virtual mailbox table, because there is no such mailbox "
              "or "
              "alias."},
          Row{"off@test.com", Verdict::Refused,
              "is refused: 550 5.2.1 the mailbox is inactive, it does not accept mail, because mailbox "
              "off@test.com is inactive."},
          Row{"late@test.com", Verdict::Refused,
              "is refused: 550 5.2.1 the mailbox has expired, it does not accept mail, because mailbox "
              "late@test.com is active, expired on 2026-01-31."},
          Row{"mute@test.com", Verdict::Refused,
              "is refused: 550 5.2.1 the mailbox has this service disabled, it does not accept mail, because "
              "mailbox mute@test.com is active, disablesmtp = 1."},
          Row{"switched@test.com", Verdict::Refused,
              "is refused: 550 5.1.1 User unknown in virtual mailbox table, because alias switched@test.com "
              "is "
              "inactive, goto alice@test.com."},
          Row{"x@old.com", Verdict::Refused,
              "is refused: 554 5.7.1 Relay access denied, because domain old.com is inactive; who has logged "
              "in "
              "may send there."},
          Row{"x@late.com", Verdict::Refused,
              "is refused: 554 5.7.1 Relay access denied, because domain late.com is active, expired on "
              "2026-01-31; who has logged in may send there."},
          Row{"x@elsewhere.org", Verdict::Refused,
              "is refused: 554 5.7.1 Relay access denied, because elsewhere.org is no domain of ours; who "
              "has "
              "logged in may send there."},
          Row{"x@closed.com", Verdict::Refused,
              "is refused: 550 5.1.1 closed, because the transport says so."},
          Row{"dangling@test.com", Verdict::Refused,
              "bounces for nobody@test.com: there is no such mailbox: the alias dangles."},
          Row{"half@test.com", Verdict::Refused,
              "is delivered to alice@test.com by LMTP, but bounces for nobody@test.com: there is no such "
              "mailbox: "
              "the alias dangles."},
          Row{"ring@test.com", Verdict::Temporary,
              "is put off (451 4.6.0 Alias expansion error): the aliases form a loop: ring@test.com leads to "
              "round@test.com leads to ring@test.com."},
      }) {
    CAPTURE(address);
    const auto explanation = explain_address(world.maps, everything, address);
    CHECK(explanation.verdict == verdict);
    CHECK(explanation.sentence == std::string("Mail to ") + address + ' ' + sentence);
  }
}

TEST_CASE("A row that has to be mended is no bounce, and a database that is away is no unknown user") {
  tests::ExplainedWorld world;
  const MainCf everything;
  const auto root = explain_address(world.maps, everything, "root@test.com");
  CHECK(root.verdict == Verdict::Misconfigured);
  CHECK(root.sentence.find("Mail to root@test.com can't go to root@test.com: it waits in the queue: ") == 0);
  world.database.fail_with(Outcome::TemporaryFailure);
  const auto away = explain_address(world.maps, everything, "alice@test.com");
  CHECK(away.verdict == Verdict::Temporary);
  CHECK(away.sentence.find("Mail to alice@test.com is put off (451 4.3.0 Temporary lookup failure): ") == 0);
}

TEST_CASE("Limits of Postfix are kept") {
  tests::ExplainedWorld world;
  const MainCf everything;
  constexpr std::size_t kMost = 1000;
  std::vector<std::string> many;
  many.reserve(kMost + 1);
  for (std::size_t i = 0; i <= kMost; ++i)
    many.push_back("x" + std::to_string(i) + "@elsewhere.org");
  world.database.put(AliasRecord{"many@test.com", many, true});
  many.pop_back();
  world.database.put(AliasRecord{"most@test.com", many, true});
  for (int i = 0; i < 1001; ++i)
    world.alias("deep" + std::to_string(i) + "@test.com", "deep" + std::to_string(i + 1) + "@test.com");
  world.alias("deep1001@test.com", "alice@test.com");
  world.alias("long@test.com", std::string(1001 - 14, 'x') + "@elsewhere.org");
  for (const auto& [address, verdict, text] : {
           std::tuple{"many@test.com", Verdict::Temporary, "virtual_alias_expansion_limit"},
           std::tuple{"most@test.com", Verdict::Passes, "and 990 more by SMTP"},
           std::tuple{"deep0@test.com", Verdict::Temporary, "virtual_alias_recursion_limit"},
           std::tuple{"deep3@test.com", Verdict::Passes, "is delivered to alice@test.com by LMTP"},
           std::tuple{"long@test.com", Verdict::Temporary, "virtual_alias_address_length_limit"},
       }) {
    CAPTURE(address);
    const auto explanation = explain_address(world.maps, everything, address);
    CHECK(explanation.verdict == verdict);
    CHECK_THAT(explanation.sentence, tests::contains_text(text));
  }
}

TEST_CASE("Steps are in Postfix's order, each question once, with the rows that answered it") {
  tests::ExplainedWorld world;
  const auto explanation =
      explain_address(world.maps,
                      MainCf("virtual_mailbox_domains = socketmap:unix:extmail/maps:virtual_mailbox_domains\n"
                             "virtual_mailbox_maps = socketmap:unix:extmail/maps:virtual_mailbox_maps\n"
                             "virtual_alias_maps = socketmap:unix:extmail/maps:virtual_alias_maps\n"
                             "smtpd_recipient_restrictions = check_policy_service unix:extmail/policy\n"),
                      "any+x@catch.com");
  std::vector<std::string> asked;
  for (const auto& step : explanation.steps)
    asked.push_back(step.name + ' ' + step.key);
  CHECK(asked ==
        std::vector<std::string>{"virtual_mailbox_domains catch.com", "recipient_access any+x@catch.com",
                                 "virtual_alias_maps any+x@catch.com", "virtual_alias_maps alice@test.com",
                                 "virtual_mailbox_domains test.com", "virtual_mailbox_maps alice@test.com",
                                 "virtual_uid_maps alice@test.com"});
  const auto& rows = explanation.steps[2].rows;
  const auto found = std::find_if(rows.begin(), rows.end(), [](const AskedRow& row) {
    return row.table == "alias" && row.outcome == Outcome::Found;
  });
  REQUIRE(found != rows.end());
  CHECK(found->key == "@catch.com");
  CHECK(found->text == "catch-all, goto alice@test.com");
  // Those that were asked in vain are there too, in the order of the questions.
  CHECK(rows[0].key == "any+x@catch.com");
  CHECK(rows[1].key == "any@catch.com");
  CHECK(rows[0].outcome == Outcome::NotFound);
}

TEST_CASE("What is not plain to see of a lookup is noted") {
  tests::ExplainedWorld world;
  for (const auto& [map, key, note] : {
           std::tuple{"virtual_mailbox_maps", "alice+x@test.com", "found without the extension +x"},
           std::tuple{"virtual_alias_maps", "team+x@test.com",
                      "found without the extension +x, which is put back into the answer"},
           std::tuple{"virtual_mailbox_domains", "xn--bcher-kva.example",
                      "the row has the domain in its other form, bücher.example"},
       }) {
    CAPTURE(map, key);
    const auto step = world.maps.look_up(map, key);
    CHECK(std::find(step.notes.begin(), step.notes.end(), note) != step.notes.end());
  }
  CHECK(world.maps.look_up("virtual_alias_maps", "team@test.com").notes.empty());
  CHECK(world.maps.look_up("no_such_map", "x").outcome == Outcome::PermanentFailure);
}
