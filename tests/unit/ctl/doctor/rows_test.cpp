// SPDX-License-Identifier: MIT
#include "ctl/doctor/rows.hpp"

#include "ctl/doctor/extension_rows.hpp"
#include "support/catch.hpp"
#include "unit/ctl/doctor/fixtures.hpp"

using namespace extmail;
using namespace extmail::ctl;

namespace {

constexpr const char* kGoodHash =
    "{CRYPT}$6$rounds=100000$phz1mRrj$"
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ./0123456789abcdefghijkl";

/// d.test with user@ and other@, whose findings a test begins with.
struct Rows {
  MailRules mail;
  Findings findings = all_findings();
  DataContext context{mail, "2026-11-26", "CRYPT", findings};

  Rows() { check_domain(context, {.name = "d.test", .expires = "0000-00-00"}); }

  static MailboxRow mailbox(const std::string& name) {
    MailboxRow row;
    row.record.username = name;
    row.record.active = true;
    row.record.quota = "104857600S";
    row.record.uidnumber = 2525;
    row.record.gidnumber = 2525;
    row.domain = std::string(domain_of(name));
    row.expires = "0000-00-00";
    row.created = "2026-01-02 03:04:05";
    row.password = Secret(kGoodHash);
    return row;
  }
  void alias(const std::string& address, const std::string& targets, bool active = true) {
    check_alias(context, {address, targets, "d.test", active});
  }
  std::vector<std::string> found() {
    check_alias_targets(context);
    check_alias_loops(context);
    return found_in(findings);
  }
};

using Found = std::vector<std::string>;

}  // namespace

TEST_CASE("forms of one address are one") {
  const auto& [written, canonical] = GENERATE(table<std::string, std::string>({
      {"User@D.test", "user@d.test"},
      {" user@d.test\t", "user@d.test"},
      {"user@Bücher.test", "user@xn--bcher-kva.test"},
      {"user@xn--bcher-kva.test", "user@xn--bcher-kva.test"},
      {"@D.test", "@d.test"},
      {"a@b@D.test", "a@b@d.test"},
      {"bare", "bare"},
      {"", ""},
      {"@", "@"},
  }));
  CHECK(canonical_address(written) == canonical);
}

TEST_CASE("dates are never, or of the calendar") {
  CHECK(is_date("0000-00-00"));
  CHECK(is_date("0000-00-00 00:00:00"));
  CHECK(is_date("2028-02-29 23:59:59"));
  for (const auto* wrong : {"", "2027-02-29", "2027-00-10", "2027-01-00", "0000-01-01", "20270101",
                            "2027-13-01", "2027/01/01", "-001-01-01", "2027-01-0"}) {
    CAPTURE(wrong);
    CHECK_FALSE(is_date(wrong));
  }
  CHECK_FALSE(is_date(std::nullopt));
  CHECK(is_past("2026-11-26", "2026-11-26"));
  CHECK_FALSE(is_past("2026-11-27", "2026-11-26"));
  CHECK_FALSE(is_past("0000-00-00", "2026-11-26"));
  CHECK_FALSE(is_past(std::nullopt, "2026-11-26"));
}

TEST_CASE("a quota is read whole or is none") {
  for (const auto* good : {"", "0", "0S", "104857600S", "104857600S,1000C", "1000C", "5"})
    CHECK(is_quota(good));
  for (const auto* bad : {"lots", "100M", "S", "-1S", "1S,", ",", "1 S", "99999999999999999999S", "1SS"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_quota(bad));
  }
}

TEST_CASE("a good mailbox has no findings") {
  Rows rows;
  check_mailbox(rows.context, Rows::mailbox("user@d.test"));
  Maildirs maildirs;
  check_maildir(rows.context, Rows::mailbox("user@d.test"), maildirs);
  check_maildir(rows.context, Rows::mailbox("other@d.test"), maildirs);
  CHECK(rows.found().empty());
}

TEST_CASE("what is wrong with a mailbox is told by its check") {
  struct Case {
    const char* id;
    void (*harm)(MailboxRow&);
  };
  const auto& [id, harm] = GENERATE(values<Case>({
      {"mailbox-address", [](MailboxRow& row) { row.record.username = "user"; }},
      {"mailbox-address", [](MailboxRow& row) { row.record.username = "@d.test"; }},
      {"mailbox-address", [](MailboxRow& row) { row.record.username = "u\x01@d.test"; }},
      {"mailbox-domain",
       [](MailboxRow& row) {
         row.record.username = "user@e.test";
         row.domain = "e.test";
       }},
      {"mailbox-domain", [](MailboxRow& row) { row.domain = ""; }},
      {"address-form", [](MailboxRow& row) { row.record.username = "user@d.test "; }},
      {"mailbox-owner", [](MailboxRow& row) { row.record.uidnumber = 0; }},
      {"mailbox-owner", [](MailboxRow& row) { row.record.gidnumber = std::nullopt; }},
      {"mailbox-path", [](MailboxRow& row) { row.record.maildir = "/etc"; }},
      {"mailbox-path", [](MailboxRow& row) { row.record.maildir = "d.test/../e.test/user/Maildir"; }},
      {"mailbox-path", [](MailboxRow& row) { row.record.homedir = "e.test/user"; }},
      {"mailbox-expired", [](MailboxRow& row) { row.expires = "2026-11-26"; }},
      {"date-invalid", [](MailboxRow& row) { row.expires = std::nullopt; }},
      {"date-invalid", [](MailboxRow& row) { row.created = "2026-02-30 00:00:00"; }},
      {"quota-syntax", [](MailboxRow& row) { row.record.quota = "100M"; }},
      {"password-unknown", [](MailboxRow& row) { row.password = Secret(); }},
      {"password-unknown", [](MailboxRow& row) { row.password = Secret("{NONE}abc"); }},
      {"password-weak", [](MailboxRow& row) { row.password = Secret("{SHA}qUqP5cyxm6YcTAhz05Hph5gvu9M="); }},
      {"password-clear", [](MailboxRow& row) { row.password = Secret("{PLAIN}abc"); }},
      {"password-clear", [](MailboxRow& row) { row.clear = Secret("abc"); }},
      {"password-public",
       [](MailboxRow& row) { row.password = Secret("$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C0"); }},
  }));
  CAPTURE(id);
  Rows rows;
  auto row = Rows::mailbox("user@d.test");
  harm(row);
  // A good row beside it must not be blamed.
  check_mailbox(rows.context, Rows::mailbox("other@d.test"));
  check_mailbox(rows.context, row);
  CHECK(rows.found() == Found{std::string(id) + " mailbox " + row.record.username});
}

TEST_CASE("an inactive account does not expire") {
  Rows rows;
  auto row = Rows::mailbox("user@d.test");
  row.expires = "2010-01-01";
  row.record.active = false;
  check_mailbox(rows.context, row);
  CHECK(rows.found().empty());
}

TEST_CASE("an owner for all mailboxes makes those of rows no matter") {
  Rows rows;
  rows.mail.location.uid = 2525;
  rows.mail.location.gid = 2525;
  auto row = Rows::mailbox("user@d.test");
  row.record.uidnumber = 0;
  row.record.gidnumber = std::nullopt;
  check_mailbox(rows.context, row);
  CHECK(rows.found().empty());
}

TEST_CASE("one maildir for two is found however it is written") {
  const auto* other =
      GENERATE("d.test/user/Maildir/", "d.test//user/./Maildir", "/var/mailbox/d.test/user/Maildir");
  Rows rows;
  Maildirs maildirs;
  check_maildir(rows.context, Rows::mailbox("user@d.test"), maildirs);  // by its default
  auto row = Rows::mailbox("other@d.test");
  row.record.maildir = other;
  check_maildir(rows.context, row, maildirs);
  CHECK(rows.found() == Found{"mailbox-shared mailbox other@d.test"});
}

TEST_CASE("one address in two rows is told of the odd one, whichever comes first") {
  Rows rows;
  const auto names = GENERATE(values<std::pair<const char*, const char*>>(
      {{"user@d.test", " user@d.test"}, {" user@d.test", "user@d.test"}}));
  check_mailbox(rows.context, Rows::mailbox(names.first));
  check_mailbox(rows.context, Rows::mailbox(names.second));
  CHECK(rows.found() == Found{"address-duplicate mailbox  user@d.test", "address-form mailbox  user@d.test"});
}

TEST_CASE("aliases are followed to where they lead") {
  struct Case {
    std::vector<std::pair<std::string, std::string>> aliases;
    Found found;
  };
  const auto& [aliases, found] = GENERATE(values<Case>({
      {{{"info@d.test", "user@d.test"}}, {}},
      {{{"info@d.test", "USER+box@D.test, friend@example.org"}}, {}},
      {{{"info@d.test", "user"}}, {}},
      {{{"info@d.test", "gone"}}, {"alias-dangling alias info@d.test"}},
      {{{"info@d.test", "info,user"}}, {"alias-loop alias info@d.test"}},
      {{{"info@d.test", "other@d.test"}, {"other@d.test", "user@d.test"}}, {}},
      {{{"user@d.test", "user@d.test,friend@example.org"}}, {}},
      {{{"@d.test", "user@d.test"}, {"info@d.test", "anybody@d.test"}}, {}},
      {{{"@d.test", "@e.test"}}, {}},
      {{{"info@d.test", "gone@d.test"}}, {"alias-dangling alias info@d.test"}},
      {{{"info@d.test", "gone+user@d.test"}}, {"alias-dangling alias info@d.test"}},
      {{{"info@d.test", ""}}, {"alias-target alias info@d.test"}},
      {{{"info@d.test", "user@"}}, {"alias-target alias info@d.test"}},
      {{{"info@d.test", "off@d.test"}}, {"alias-inactive alias info@d.test"}},
      {{{"user@d.test", "friend@example.org"}}, {"alias-shadows-mailbox alias user@d.test"}},
      {{{"nobody", "user@d.test"}}, {"alias-address alias nobody"}},
      {{{"info@e.test", "user@d.test"}},
       {"alias-domain alias info@e.test", "alias-domain alias info@e.test"}},
      {{{"Info@d.test", "user@d.test"}}, {"address-form alias Info@d.test"}},
      {{{"a@d.test", "a@d.test"}}, {"alias-loop alias a@d.test"}},
      {{{"a@d.test", "b@d.test"}, {"b@d.test", "c@d.test"}, {"c@d.test", "a@d.test,user@d.test"}},
       {"alias-loop alias a@d.test"}},
      {{{"x@d.test", "a@d.test"}, {"a@d.test", "b@d.test"}, {"b@d.test", "A+x@d.test"}},
       {"alias-loop alias a@d.test"}},
      {{{"@d.test", "gone@d.test"}}, {"alias-loop alias @d.test"}},
  }));
  Rows rows;
  check_mailbox(rows.context, Rows::mailbox("user@d.test"));
  auto off = Rows::mailbox("off@d.test");
  off.record.active = false;
  check_mailbox(rows.context, off);
  for (const auto& [address, targets] : aliases)
    rows.alias(address, targets);
  CAPTURE(aliases.front().first, aliases.front().second);
  CHECK(rows.found() == found);
}

TEST_CASE("an alias that is off leads nowhere, and loops with nobody") {
  Rows rows;
  rows.alias("a@d.test", "b@d.test", false);
  rows.alias("b@d.test", "a@d.test", false);
  CHECK(rows.found().empty());
}

TEST_CASE("a chain of aliases may be as long as the table") {
  Rows rows;
  constexpr int kLength = 200000;
  for (int i = 0; i < kLength; ++i)
    rows.alias("a" + std::to_string(i) + "@d.test", "a" + std::to_string((i + 1) % kLength) + "@d.test");
  CHECK(rows.found() == Found{"alias-loop alias a0@d.test"});
}

TEST_CASE("what is wrong with a domain is told by its check") {
  const auto& [id, row] = GENERATE(table<std::string, DomainRow>({
      {"domain-name", {.name = "no domain", .expires = "0000-00-00"}},
      {"domain-name", {.name = "", .expires = "0000-00-00"}},
      {"domain-name", {.name = ".e.test", .expires = "0000-00-00"}},
      {"address-form", {.name = "E.test", .expires = "0000-00-00"}},
      {"domain-transport", {.name = "e.test", .transport = "NULL", .expires = "0000-00-00"}},
      {"domain-expired", {.name = "e.test", .expires = "2010-01-01"}},
      {"date-invalid", {.name = "e.test", .expires = std::nullopt}},
      {"quota-syntax", {.name = "e.test", .quotas = {{"maxquota", "1G"}}, .expires = "0000-00-00"}},
      {"domain-duplicate", {.name = "d.test", .expires = "0000-00-00"}},
  }));
  Rows rows;
  check_domain(rows.context, row);
  CHECK(rows.found() == Found{id + " domain " + row.name});
}

TEST_CASE("limits of a domain are compared with what it has") {
  Rows rows;
  check_domain(rows.context, {.name = "e.test",
                              .max_mailboxes = 1,
                              .max_aliases = 1,
                              .quotas = {{"maxquota", "209715199S"}},
                              .expires = "0000-00-00"});
  check_mailbox(rows.context, Rows::mailbox("a@e.test"));
  check_alias(rows.context, {"c@e.test", "a@e.test", "e.test", true});
  check_limits(rows.context);
  CHECK(rows.found().empty());
  check_mailbox(rows.context, Rows::mailbox("b@e.test"));
  check_alias(rows.context, {"d@e.test", "a@e.test", "e.test", true});
  check_limits(rows.context);
  CHECK(rows.found() == Found(3, "domain-limit domain e.test"));
}

TEST_CASE("rows of our own tables are for somebody, and of a kind that there is") {
  Rows rows;
  check_mailbox(rows.context, Rows::mailbox("user@d.test"));
  rows.alias("info@d.test", "user@d.test");
  for (const auto* subject : {"*", "@d.test", "@D.test", "user@d.test", "info@d.test"})
    check_policy(rows.context, {"1", subject, "limit"});
  check_owner(rows.context, "extmail_user_field", "user@d.test");
  CHECK(rows.found().empty());
  check_policy(rows.context, {"2", "gone@d.test", "send-as"});
  check_policy(rows.context, {"3", "*", "Deny-Sender"});
  check_owner(rows.context, "extmail_user_field", "gone@d.test");
  CHECK(rows.found() == Found{"policy-kind extmail_policy 3 (*, Deny-Sender)",
                              "extension-orphan extmail_policy 2 (gone@d.test, send-as)",
                              "extension-orphan extmail_user_field gone@d.test"});
}

TEST_CASE("what mends a misspelt kind is the one that was meant") {
  const auto& [kind, mend] = GENERATE(table<std::string, std::string>({
      {"deny-sendr", "UPDATE extmail_policy SET kind = 'deny-sender' WHERE id = '7';"},
      {"SEND_AS", "UPDATE extmail_policy SET kind = 'send-as' WHERE id = '7';"},
      {"whatever-it-is", "DELETE FROM extmail_policy WHERE id = 7;"},
      {"", "DELETE FROM extmail_policy WHERE id = 7;"},
  }));
  Rows rows;
  check_policy(rows.context, {"7", "*", kind});
  CHECK(rows.findings.all().front()->shown.front().mend == mend);
}

TEST_CASE("no finding shows what is stored of a password") {
  Rows rows;
  for (const auto* stored : {"{PLAIN}topsecret", "{WHAT}topsecret", "$1$topsecre$3ok6BjeaoJYWDBsEPZb5C1"}) {
    auto row = Rows::mailbox("user@d.test");
    row.password = Secret(stored);
    row.clear = Secret("topsecret");
    check_mailbox(rows.context, row);
  }
  for (const auto* of : rows.findings.all()) {
    for (const auto& finding : of->shown)
      CHECK((finding.object + finding.reason + finding.mend).find("topsecre") == std::string::npos);
  }
}
