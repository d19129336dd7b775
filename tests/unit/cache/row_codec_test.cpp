// SPDX-License-Identifier: MIT
#include "cache/row_codec.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace extmail;
using namespace extmail::cache;

namespace {

std::string text(const DisabledServices& d) {
  std::string flags;
  for (const bool flag : {d.smtpd, d.smtp, d.webmail, d.imap, d.pop3})
    flags += flag ? '1' : '0';
  return flags;
}

std::string text(const std::optional<std::int64_t>& id) {
  return id ? std::to_string(*id) : "none";
}

std::string text(const DomainRecord& d) {
  return d.name + '|' + (d.active ? "1" : "0") + '|' + d.expires + '|' + text(d.disabled) + '|' + d.transport;
}

std::string text(const MailboxRecord& m) {
  return m.username + '|' + (m.active ? "1" : "0") + '|' + m.expires + '|' + text(m.disabled) + '|' +
         m.maildir + '|' + m.homedir + '|' + m.mailhost + '|' + m.quota + '|' + text(m.uidnumber) + '|' +
         text(m.gidnumber);
}

std::string text(const AliasRecord& a) {
  std::string all = a.address + '|' + (a.active ? "1" : "0");
  for (const auto& target : a.targets)
    all += '|' + target;
  return all;
}

std::string text(const PolicyRecord& policy) {
  std::string all = policy.fault;
  for (const auto& entry : policy.entries)
    all += '|' + entry.kind + '=' + entry.value;
  return all;
}

template <typename Record>
void check_survives(const Record& record, const std::string& key) {
  const std::string bytes = encode(record, key);
  const auto back = decode<Record>(bytes, key);
  REQUIRE(back);
  CHECK(text(*back) == text(record));
  for (std::size_t length = 0; length < bytes.size(); ++length)
    CHECK_FALSE(decode<Record>(std::string_view(bytes).substr(0, length), key));
  CHECK_FALSE(decode<Record>(bytes + 'x', key));
}

}  // namespace

TEST_CASE("A row survives being kept, and a damaged one is refused") {
  check_survives(DomainRecord{"test.com", true, "", {}, ""}, "test.com");
  check_survives(
      DomainRecord{"Test.com", false, "2027-01-31", {true, false, true, false, true}, "lmtp:[10.0.0.1]"},
      "test.com");

  MailboxRecord usual;
  usual.username = "alice@test.com";
  usual.active = true;
  usual.maildir = "test.com/alice/Maildir/";
  usual.homedir = "test.com/alice";
  usual.quota = "104857600S";
  usual.uidnumber = usual.gidnumber = 1000;
  check_survives(usual, "alice@test.com");
  CHECK(encode(usual, "alice@test.com").size() < 20);

  MailboxRecord odd = usual;
  odd.username = "Alice@Test.com";
  odd.active = false;
  odd.expires = "2026-12-31";
  odd.disabled = {false, true, false, true, false};
  odd.maildir = std::string(300, 'm');
  odd.homedir = "";
  odd.mailhost = "store2.test.com";
  odd.uidnumber = -1;
  odd.gidnumber.reset();
  check_survives(odd, "alice@test.com");

  check_survives(AliasRecord{"team@test.com", {"a@test.com", "b@elsewhere.org"}, true}, "team@test.com");
  check_survives(AliasRecord{"@Test.com", {}, false}, "@test.com");
  check_survives(AliasRecord{"all@test.com", std::vector<std::string>(1000, "someone@test.com"), true},
                 "all@test.com");
}

TEST_CASE("A subject's policies come back in their order") {
  check_survives(PolicyRecord{{{"limit", "a=1"}, {"limit", "b=unlimited"}, {"", ""}}, ""}, "@test.com");
  check_survives(PolicyRecord{{}, "too many rows"}, "*");
  CHECK_FALSE(decode<PolicyRecord>(std::string("\xff\xff\xff\xff\xff\xff\xff\xff\x7f"), "*"));
}

TEST_CASE("A row that says it is longer than memory is refused") {
  CHECK_FALSE(decode<AliasRecord>(std::string("\x03\xff\xff\xff\xff\xff\xff\xff\xff\x7f"), "a@test.com"));
  CHECK_FALSE(
      decode<DomainRecord>(std::string("\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), "test.com"));
}

TEST_CASE("What a query gave comes back as it is") {
  for (const std::string& value : {std::string("smtp:[a]"), std::string("a\0b", 3), std::string()}) {
    const auto decoded = decode<QueryRecord>(encode(QueryRecord{value}, "key"), "key");
    REQUIRE(decoded);
    CHECK(decoded->value == value);
  }
}

TEST_CASE("An account comes back as it was, passwords and all") {
  LoginSecrets secrets;
  secrets.password = Secret("$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C0");
  secrets.clear = Secret("clear");
  secrets.app_passwords.push_back({"phone", Secret("{SSHA256}x"), "imap,smtp", "192.0.2.0/24", "2027-01-01"});
  secrets.app_passwords.push_back({"", Secret(), "", "", ""});
  AccountRecord account;
  account.mailbox.username = "alice@test.com";
  account.mailbox.maildir = "test.com/alice/Maildir/";
  account.mailbox.active = true;
  account.secrets = std::make_shared<const LoginSecrets>(std::move(secrets));
  account.fields = {{"allow_nets", "local"}, {"", ""}};
  account.fault = "too many rows";
  account.profile = {"爱丽丝", "52428800S", false, true};

  const std::string bytes = encode(account, "alice@test.com");
  const auto read = decode<AccountRecord>(bytes, "alice@test.com");
  REQUIRE(read);
  CHECK(read->mailbox.username == "alice@test.com");
  CHECK(read->mailbox.maildir == account.mailbox.maildir);
  CHECK(read->secrets->password == account.secrets->password);
  CHECK(read->secrets->clear == account.secrets->clear);
  REQUIRE(read->secrets->app_passwords.size() == 2);
  const AppPassword& phone = read->secrets->app_passwords.front();
  CHECK(phone.name == "phone");
  CHECK(phone.password.view() == "{SSHA256}x");
  CHECK(phone.services == "imap,smtp");
  CHECK(phone.networks == "192.0.2.0/24");
  CHECK(phone.expires == "2027-01-01");
  CHECK(read->fields == account.fields);
  CHECK(read->fault == account.fault);
  CHECK(read->profile.name == account.profile.name);
  CHECK(read->profile.netdiskquota == "52428800S");
  CHECK_FALSE(read->profile.disables_netdisk);
  CHECK(read->profile.disables_password_change);

  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    INFO(cut);
    CHECK_FALSE(decode<AccountRecord>(bytes.substr(0, cut), "alice@test.com"));
  }
}
