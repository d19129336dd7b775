// SPDX-License-Identifier: MIT
//
// What the Dovecot plugin makes of settings and of extmail-authd's answers, in the words of either Dovecot.
#include "dovecot-auth-plugin/reply_fields.hpp"
#include "dovecot-auth-plugin/settings.hpp"
#include "dovecot_setup.hpp"

namespace {

namespace auth = extmail::wire::auth;

using extmail::Outcome;
using extmail::dovecot::FieldNames;
using extmail::dovecot::Fields;
using extmail::dovecot::login_fields;
using extmail::dovecot::parse_settings;
using extmail::dovecot::user_fields;
using extmail::tests::as_map;
using extmail::tests::FieldMap;
using extmail::tests::Setup;

/// In the order in which they are set, so that the last of a name is the one that holds.
std::vector<std::string> in_order(const extmail::Answer<Fields>& fields) {
  REQUIRE(fields.is_found());
  std::vector<std::string> lines;
  for (const auto& field : fields.value())
    lines.push_back(field.name + "=" + field.value);
  return lines;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("dovecot plugin: args", "[abi][dovecot]") {
  const auto none = parse_settings("");
  REQUIRE(none.is_found());
  CHECK(none.value().socket_path == "/run/extmail/auth");
  CHECK(none.value().timeout == std::chrono::seconds(10));

  const auto both = parse_settings("  timeout=60\tsocket=/var/spool/postfix/extmail/auth ");
  REQUIRE(both.is_found());
  CHECK(both.value().socket_path == "/var/spool/postfix/extmail/auth");
  CHECK(both.value().timeout == std::chrono::seconds(60));

  const std::string bad = GENERATE(as<std::string>(), "/run/extmail/auth", "sock=/run/extmail/auth", "socket",
                                   "socket=", "socket=extmail/auth", "socket=/" + std::string(107, 'x'),
                                   "timeout", "timeout=", "timeout=0", "timeout=61", "timeout=-1",
                                   "timeout=5s", "timeout=99999999999", "socket=/a\xff b");
  const auto wrong = parse_settings(bad);
  CHECK(wrong.outcome() == Outcome::PermanentFailure);
  CHECK_FALSE(wrong.reason().empty());
}

TEST_CASE("dovecot plugin: user fields of 2.3", "[abi][dovecot]") {
  CHECK(in_order(user_fields(Setup::data_of("postmaster@test.com"), FieldNames::Dovecot23)) ==
        Lines{"uid=2525", "gid=2526", "home=/var/mailbox/test.com/postmaster",
              "mail=maildir:/var/mailbox/test.com/postmaster/Maildir/", "quota_rule=*:bytes=104857600"});
}

TEST_CASE("dovecot plugin: user fields of 2.4", "[abi][dovecot]") {
  CHECK(in_order(user_fields(Setup::data_of("postmaster@test.com"), FieldNames::Dovecot24)) ==
        Lines{"uid=2525", "gid=2526", "home=/var/mailbox/test.com/postmaster", "mail_driver=maildir",
              "mail_path=/var/mailbox/test.com/postmaster/Maildir/", "mail_inbox_path=.",
              "quota_storage_size=104857600B"});
}

TEST_CASE("dovecot plugin: quota fields", "[abi][dovecot]") {
  using Limit = std::optional<std::uint64_t>;
  struct Row {
    Limit bytes;
    Limit messages;
    const char* rule;
    const char* size;
    const char* count;
  };
  constexpr std::uint64_t kHuge = 18446744073709551615U;
  const Row row = GENERATE_COPY(values<Row>({
      {104857600, std::nullopt, "*:bytes=104857600", "104857600B", "(none)"},
      {104857600, 1000, "*:bytes=104857600:messages=1000", "104857600B", "1000"},
      {std::nullopt, 1000, "*:messages=1000", "(none)", "1000"},
      {0, 0, "*:bytes=0:messages=0", "0B", "0"},
      {std::nullopt, std::nullopt, "(none)", "(none)", "(none)"},
      {kHuge, kHuge, "*:bytes=9223372036854775807:messages=9223372036854775807", "9223372036854775807B",
       "2147483647"},
  }));
  auth::UserData user = Setup::data_of("postmaster@test.com");
  user.quota_bytes = row.bytes;
  user.quota_messages = row.messages;
  const auto value_of = [](const FieldMap& fields, const std::string& name) {
    const auto it = fields.find(name);
    return it == fields.end() ? std::string("(none)") : it->second;
  };
  const FieldMap of_2_3 = as_map(user_fields(user, FieldNames::Dovecot23));
  CHECK(value_of(of_2_3, "quota_rule") == row.rule);
  const FieldMap of_2_4 = as_map(user_fields(user, FieldNames::Dovecot24));
  CHECK(value_of(of_2_4, "quota_storage_size") == row.size);
  CHECK(value_of(of_2_4, "quota_message_count") == row.count);
}

TEST_CASE("dovecot plugin: a path is only ever a path", "[abi][dovecot]") {
  auth::UserData user = Setup::data_of("postmaster@test.com");
  SECTION("2.3 would read options in it") {
    user.maildir = "/var/mailbox/x:INDEX=/etc/Maildir/";
    CHECK(as_map(user_fields(user, FieldNames::Dovecot23))["mail"] ==
          "maildir:/var/mailbox/x::INDEX=/etc/Maildir/");
    CHECK(as_map(user_fields(user, FieldNames::Dovecot24))["mail_path"] == user.maildir);
  }
  SECTION("what looks like a variable is none in what a userdb says") {
    user.home = "/var/mailbox/%{env:PATH}";
    user.maildir = "/var/mailbox/100%/%%{x}/%{owner_user}/Maildir/";
    const FieldMap fields = as_map(user_fields(user, FieldNames::Dovecot24));
    CHECK(fields.at("home") == user.home);
    CHECK(fields.at("mail_path") == user.maildir);
    CHECK(as_map(user_fields(user, FieldNames::Dovecot23))["home"] == user.home);
  }
}

TEST_CASE("dovecot plugin: what is not known is left to Dovecot's settings", "[abi][dovecot]") {
  auth::UserData user = Setup::data_of("postmaster@test.com");
  user.home.clear();
  user.maildir.clear();
  user.quota_bytes.reset();
  const auto names = GENERATE(FieldNames::Dovecot23, FieldNames::Dovecot24);
  CHECK(in_order(user_fields(user, names)) == Lines{"uid=2525", "gid=2526"});
}

TEST_CASE("dovecot plugin: root is no mail user", "[abi][dovecot]") {
  auth::UserData user = Setup::data_of("postmaster@test.com");
  (GENERATE(true, false) ? user.uid : user.gid) = 0;
  CHECK(user_fields(user, FieldNames::Dovecot23).outcome() == Outcome::PermanentFailure);
  CHECK(login_fields(user, FieldNames::Dovecot24).outcome() == Outcome::PermanentFailure);
}

TEST_CASE("dovecot plugin: login fields prepare a userdb prefetch", "[abi][dovecot]") {
  auth::UserData user = Setup::data_of("postmaster@test.com");
  user.extra = {{"allow_nets", "192.0.2.0/24"}, {"userdb_quota_rule", "*:bytes=5"}, {"nologin", "y"}};
  CHECK(in_order(login_fields(user, FieldNames::Dovecot23)) ==
        Lines{"userdb_uid=2525", "userdb_gid=2526", "userdb_home=/var/mailbox/test.com/postmaster",
              "userdb_mail=maildir:/var/mailbox/test.com/postmaster/Maildir/",
              "userdb_quota_rule=*:bytes=104857600", "allow_nets=192.0.2.0/24", "userdb_quota_rule=*:bytes=5",
              "nologin=y"});
  CHECK(in_order(user_fields(user, FieldNames::Dovecot23)).back() == "quota_rule=*:bytes=5");
}

TEST_CASE("dovecot plugin: a user of another host", "[abi][dovecot]") {
  struct Row {
    const char* mailhost;
    Lines fields;
  };
  const Row row = GENERATE(values<Row>({
      {"mail2.test.com", {"proxy=y", "host=mail2.test.com", "destuser=u@test.com"}},
      {"mail2.test.com:1143", {"proxy=y", "host=mail2.test.com", "port=1143", "destuser=u@test.com"}},
      {"192.0.2.9:143", {"proxy=y", "host=192.0.2.9", "port=143", "destuser=u@test.com"}},
      {"2001:db8::1", {"proxy=y", "host=2001:db8::1", "destuser=u@test.com"}},
      {"[2001:db8::1]", {"proxy=y", "host=2001:db8::1", "destuser=u@test.com"}},
      {"[2001:db8::1]:143", {"proxy=y", "host=2001:db8::1", "port=143", "destuser=u@test.com"}},
  }));
  auth::UserData user;  // uid and home are the other host's matter
  user.user = "u@test.com";
  user.mailhost = row.mailhost;
  user.extra = {{"userdb_quota_rule", "*:bytes=5"}, {"ssl", "yes"}};
  Lines expected = row.fields;
  expected.emplace_back("ssl=yes");
  CHECK(in_order(login_fields(user, FieldNames::Dovecot23)) == expected);
  CHECK(in_order(login_fields(user, FieldNames::Dovecot24)) == expected);
}

TEST_CASE("dovecot plugin: a mailhost that is none", "[abi][dovecot]") {
  auth::UserData user = Setup::data_of("postmaster@test.com");
  user.mailhost = GENERATE(as<std::string>(), ":143", "host:", "host:0", "host:65536", "host:imap", "[::1",
                           "[::1]143", "[::1]:", "[]", "two hosts", "h\tproxy_maybe=y");
  CHECK(login_fields(user, FieldNames::Dovecot23).outcome() == Outcome::PermanentFailure);
}

TEST_CASE("dovecot plugin: further fields that would weaken the login are refused", "[abi][dovecot]") {
  const std::string name = GENERATE(
      as<std::string>(), "nopassword", "nopassword:default", "noauthenticate", "password",
      "password_noscheme", "passdb_import", "user", "username", "domain", "login_user", "userdb_user",
      "userdb_userdb_import", "userdb_uidgid_file", "userdb_system_groups_user", "userdb_system_user",
      "userdb_mail_access_groups", "userdb_first_valid_uid", "userdb_userdb_uid", "userdb_", "", "a b",
      "a\tnopassword", "a\nb", std::string("a\0b", 3), std::string(257, 'x'));
  auth::UserData user = Setup::data_of("postmaster@test.com");
  user.extra = {{"allow_nets", "192.0.2.0/24"}, {name, "1"}};
  const auto refused = login_fields(user, GENERATE(FieldNames::Dovecot23, FieldNames::Dovecot24));
  CHECK(refused.outcome() == Outcome::PermanentFailure);
  CHECK(user_fields(user, FieldNames::Dovecot23).outcome() == Outcome::PermanentFailure);
}

TEST_CASE("dovecot plugin: a further field can't make root of a user", "[abi][dovecot]") {
  auth::UserData user = Setup::data_of("postmaster@test.com");
  const std::string name = GENERATE(as<std::string>(), "userdb_uid", "userdb_gid", "userdb_mail_uid",
                                    "userdb_mail_gid", "userdb_protocol/imap/mail_uid");
  const std::string value = GENERATE(as<std::string>(), "0", "00", "root", "", "-1", "4294967295",
                                     "4294967296", "1 ", " 1", "1,0", std::string("1\0", 2));
  user.extra = {{name, value}};
  CHECK(user_fields(user, FieldNames::Dovecot23).outcome() == Outcome::PermanentFailure);
  CHECK(login_fields(user, FieldNames::Dovecot24).outcome() == Outcome::PermanentFailure);
}

TEST_CASE("dovecot plugin: a further field may name another mail user id", "[abi][dovecot]") {
  auth::UserData user = Setup::data_of("postmaster@test.com");
  user.extra = {{"userdb_uid", "3000"}};
  CHECK(as_map(user_fields(user, FieldNames::Dovecot23))["uid"] == "3000");
}
