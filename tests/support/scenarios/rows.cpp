// SPDX-License-Identifier: MIT
//
// The rows behind the table. Dates are in the past or far away, so that any clock reads them alike.
#include "support/scenarios.hpp"

namespace extmail::tests {
namespace {

constexpr const char* kPast = "2026-06-15";  // the day of FakeClock: the first without the row
constexpr const char* kFar = "2099-12-31";

void add_domains(FakeDirectory& directory) {
  directory.add_domain("test.com");
  directory.add_domain("Upper.Example");
  directory.add_domain("sub.test.com");
  directory.add_domain("catch.com");
  directory.add_domain("under_score.com");
  directory.add_domain("old.com").active = false;
  directory.add_domain("gone.com").expires = kPast;
  directory.add_domain("later.com").expires = kFar;
  auto& services = directory.add_domain("services.com");
  services.disabled.smtpd = services.disabled.smtp = services.disabled.imap = true;

  directory.add_domain("relayed.com").transport = "smtp:[10.0.0.9]";
  directory.add_domain("here.relayed.com");
  directory.add_domain("relay.here.relayed.com").transport = "relay:";
  auto& moved = directory.add_domain("moved.com");
  moved.transport = "smtp:[10.0.0.9]";
  moved.active = false;
  auto& lapsed = directory.add_domain("lapsed.com");
  lapsed.transport = "smtp:[10.0.0.9]";
  lapsed.expires = kPast;
  directory.add_domain("null.com").transport = "NULL";
  directory.add_domain("blank.com").transport = "   ";
  directory.add_domain("spaced.com").transport = " lmtp:unix:private/x ";
  directory.add_domain("nexthop.com").transport = ":[10.0.0.8]";
  directory.add_domain("error.com").transport = "error:5.1.1 closed";
  directory.add_domain("bare.com").transport = "maildrop";
  directory.add_domain("smtps.com").transport = "smtps:[10.0.0.9]";  // begins like one of the relays

  directory.add_domain("bücher.example");
  directory.add_domain("xn--strae-oqa.example");
  directory.add_domain("xn--fa-hia.example").transport = "smtp:[10.0.0.7]";

  directory.add_domain("other.com");
  directory.add_domain("first.com");
  directory.add_domain("second.com");
  directory.add_domain("ring-a.com");
  directory.add_domain("ring-b.com");
  directory.add_domain("many.com");
}

void add_mailboxes(FakeDirectory& directory) {
  for (const char* plain : {"postmaster@test.com",
                            "Alice@test.com",
                            "bob@test.com",
                            "boss@test.com",
                            "john doe@test.com",
                            "a.b@test.com",
                            ".dot@test.com",
                            "two..dots@test.com",
                            "o'brien@test.com",
                            "back\\slash@test.com",
                            "quo\"te@test.com",
                            "per%cent@test.com",
                            "un_der@test.com",
                            "comma,name@test.com",
                            "plus+mailbox@test.com",
                            "dash-mailbox@test.com",
                            "owner-list@test.com",
                            "list-request@test.com",
                            "mailer-daemon@test.com",
                            "double-bounce@test.com",
                            "+lead@test.com",
                            "owner@test.com",
                            "list@test.com",
                            "known@relayed.com",
                            "info@xn--strae-oqa.example",
                            "kontakt@bücher.example",
                            "用户@test.com",
                            "jose@test.com",
                            "user@Upper.Example",
                            "user@sub.test.com",
                            "user@catch.com",
                            "user@other.com",
                            "user@later.com",
                            "orphan@norow.com",
                            "pilot@spaced.com",
                            "x@old.com",
                            "x@gone.com",
                            "user@services.com"})
    directory.add_mailbox(plain);

  directory.add_mailbox("carol@test.com").active = false;
  directory.add_mailbox("off@catch.com").active = false;
  directory.add_mailbox("late@test.com").expires = kPast;
  directory.add_mailbox("late@catch.com").expires = kPast;
  directory.add_mailbox("forever@test.com").expires = kFar;
  directory.add_mailbox("mute@test.com").disabled.smtp = true;
  directory.add_mailbox("reader@test.com").disabled.smtpd = true;
  auto& elsewise = directory.add_mailbox("elsewise@test.com");
  elsewise.disabled.imap = elsewise.disabled.pop3 = elsewise.disabled.webmail = true;
  auto& all_wrong = directory.add_mailbox("all-wrong@test.com");
  all_wrong.active = false;
  all_wrong.expires = kPast;
  all_wrong.disabled.smtp = all_wrong.disabled.smtpd = true;
  auto& lapsed = directory.add_mailbox("lapsed-mute@test.com");
  lapsed.expires = kPast;
  lapsed.disabled.smtp = true;

  auto& bare = directory.add_mailbox("nomaildir@test.com");
  bare.maildir = "";
  bare.homedir = "";
  bare.quota = "";
  auto& far = directory.add_mailbox("far@test.com");
  far.mailhost = "store2.test.com";
  far.quota = "5000";
  directory.add_mailbox("far6@test.com").mailhost = "fd00::1";
  directory.add_mailbox("far-off@test.com").mailhost = "store2.test.com";
  directory.add_mailbox("far-port@test.com").mailhost = "store2.test.com:25";
  directory.add_mailbox("far-bracket@test.com").mailhost = "store],smtp:[evil";
  directory.add_mailbox("far@spaced.com").mailhost = "store3";

  const auto quota = [&](const char* name, const char* text) { directory.add_mailbox(name).quota = text; };
  quota("q-zero@test.com", "0S");
  quota("q-digit-zero@test.com", "0");
  quota("q-count@test.com", "1000C");
  quota("q-both@test.com", "1048576S,500C");
  quota("q-turned@test.com", "500C,1048576S");
  quota("q-words@test.com", "unlimited");
  quota("q-minus@test.com", "-5S");
  quota("q-unit@test.com", "12X");
  quota("q-blank@test.com", " 7S");
  quota("q-large@test.com", "999999999999999S");
  quota("q-lower@test.com", "700s");

  const auto ids = [&](const char* name, std::int64_t uid, std::int64_t gid) {
    auto& mailbox = directory.add_mailbox(name);
    mailbox.uidnumber = uid;
    mailbox.gidnumber = gid;
  };
  ids("root@test.com", 0, 0);
  ids("low@test.com", 499, 499);
  ids("least@test.com", 500, 500);
  ids("minus@test.com", -1, -1);
  ids("most@test.com", 2147483647, 2147483647);
  ids("root-group@test.com", 1000, 0);
  directory.add_mailbox("climber@test.com").maildir = "../../etc/";
  directory.add_mailbox("neighbour@test.com").maildir = "other.com/user/Maildir/";
  directory.add_mailbox("absolute@test.com").homedir = "/etc";
  directory.add_mailbox("isp@test.com").maildir = "BD/98/test.com/isp/Maildir/";
}

void add_aliases(FakeDirectory& directory) {
  directory.add_alias("support@test.com", "postmaster@test.com");
  directory.add_alias("Sales@test.com", "Bob@Test.com");
  directory.add_alias("team@test.com", "postmaster@test.com,alice@test.com,friend@elsewhere.org");
  directory.add_alias("boss@test.com", "boss@test.com,alice@test.com");
  directory.add_alias("bob@test.com", "alice@test.com");
  directory.add_alias("carol-too@test.com", "carol@test.com");
  directory.add_alias("off@test.com", "alice@test.com").active = false;
  directory.add_alias("dash-alias@test.com", "alice@test.com");
  directory.add_alias("news+daily@test.com", "bob@test.com");
  directory.add_alias("news@test.com", "alice@test.com");
  directory.add_alias("owner-news@test.com", "alice@test.com");
  directory.add_alias("news-request@test.com", "alice@test.com");
  directory.add_alias("two words@test.com", "alice@test.com");
  directory.add_alias("jane@sub.test.com", "alice@test.com");

  directory.add_alias("empty@test.com", "");
  directory.add_alias("commas@test.com", " , ,, ");
  directory.add_alias("bare@test.com", "alice");
  directory.add_alias("bares@test.com", "alice,bob,root@elsewhere.org");
  directory.add_alias("spaced@test.com", " alice@test.com , bob@test.com,, ");
  directory.add_alias("blanks@test.com", "alice@test.com bob@test.com\tboss@test.com");
  directory.add_alias("lines@test.com", "alice@test.com\r\nbob@test.com\n");
  directory.add_alias("twice@test.com", "alice@test.com,alice@test.com,ALICE@test.com");
  directory.add_alias("self@test.com", "self@test.com");
  directory.add_alias("nowhere@test.com", "nobody@missing.example");
  directory.add_alias("mixed@test.com", "alice@test.com,@later.com");
  directory.add_alias("whole@test.com", "@other.com");
  directory.add_alias("tagged@test.com", "alice+tag@test.com");
  directory.add_alias("quoted@test.com", "\"john.doe\"@elsewhere.org");
  directory.add_alias("pipe@test.com", "|/bin/false");
  directory.add_alias("at@test.com", "@");
  directory.add_alias("用@test.com", "用户@test.com");
  directory.add_alias("buch@test.com", "kontakt@bücher.example");

  directory.add_alias("loop-a@test.com", "loop-b@test.com");
  directory.add_alias("loop-b@test.com", "loop-a@test.com,alice@test.com");
  directory.add_alias("ring-a@test.com", "ring-b@test.com");
  directory.add_alias("ring-b@test.com", "ring-c@test.com");
  directory.add_alias("ring-c@test.com", "ring-a@test.com");
  for (int i = 0; i < 120; ++i) {
    directory.add_alias("link" + std::to_string(i) + "@test.com",
                        i == 119 ? "alice@test.com" : "link" + std::to_string(i + 1) + "@test.com");
  }
  std::string members;
  for (int i = 0; i < 150; ++i)
    members += "member" + std::to_string(i) + "@test.com,";
  directory.add_alias("crowd@test.com", members);
  std::string bare_members;
  for (int i = 0; i < 12000; ++i)
    bare_members += "x,";
  directory.add_alias("huge@test.com", bare_members);

  directory.add_alias("alias@old.com", "alice@test.com");
  directory.add_alias("alias@gone.com", "alice@test.com");
  directory.add_alias("@gone.com", "alice@test.com");
  directory.add_alias("alias@norow.com", "alice@test.com");
  directory.add_alias("@norow.com", "bob@test.com");
  directory.add_alias("alias@relayed.com", "alice@test.com");
  directory.add_alias("@test.com", "postmaster@test.com");
  directory.add_alias("@catch.com", "user@catch.com,Alice@test.com");
  directory.add_alias("named@catch.com", "alice@test.com");
  directory.add_alias("off-alias@catch.com", "alice@test.com").active = false;
  directory.add_alias("@later.com", "alice@test.com").active = false;
  directory.add_alias("@many.com", "@other.com,alice@test.com");
  directory.add_alias("@other.com", "@test.com");
  directory.add_alias("@first.com", "@second.com");
  directory.add_alias("@second.com", "@other.com");
  directory.add_alias("@ring-a.com", "@ring-b.com");
  directory.add_alias("@ring-b.com", "@ring-a.com");
  directory.add_alias("@bücher.example", "alice@test.com");
}

}  // namespace

void fill_with_scenarios(FakeDirectory& directory) {
  add_domains(directory);
  add_mailboxes(directory);
  add_aliases(directory);
}

}  // namespace extmail::tests
