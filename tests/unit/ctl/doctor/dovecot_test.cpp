// SPDX-License-Identifier: MIT
#include "ctl/doctor/dovecot_checks.hpp"
#include "support/catch.hpp"
#include "unit/ctl/doctor/fixtures.hpp"

using namespace extmail::ctl;

namespace {

constexpr const char* kOld =
    "# 2.3.19.1 (9b53102964): /etc/dovecot/dovecot.conf\n"
    "auth_username_chars = \n"
    "first_valid_uid = 2525\n"
    "last_valid_uid = 2525\n"
    "passdb {\n  args = socket=/run/extmail/auth\n  driver = extmail\n}\n"
    "service lmtp {\n  unix_listener /var/spool/postfix/private/dovecot-lmtp {\n    mode = 0600\n  }\n}\n"
    "userdb {\n  driver = prefetch\n}\n"
    "userdb {\n  args = socket=/run/extmail/auth\n  driver = extmail\n}\n";

constexpr const char* kNew =
    "# 2.4.1-4 (7d8c0e5759): /etc/dovecot/dovecot.conf\n"
    "dovecot_config_version = 2.4.0\n"
    "auth_username_chars = \n"
    "extmail_socket_path = /run/extmail/auth\n"
    "first_valid_uid = 500\n"
    "passdb extmail {\n}\n"
    "userdb prefetch {\n}\n"
    "userdb extmail {\n}\n";

std::string ids_of(const std::string& text) {
  auto findings = all_findings();
  check_dovecot(parse_dovecot(text), shipped_site(), findings);
  return ids_in(findings);
}

/// The configuration with something else in place of a part of it.
std::string changed(std::string text, const std::string& old, const std::string& replacement) {
  const auto place = text.find(old);
  REQUIRE(place != std::string::npos);
  return text.replace(place, old.size(), replacement);
}

}  // namespace

TEST_CASE("doveconf is read, with its blocks") {
  const auto dovecot = parse_dovecot(kOld);
  CHECK(dovecot.value("first_valid_uid") == "2525");
  CHECK(dovecot.has("auth_username_chars"));
  CHECK(dovecot.all("userdb").size() == 2);
  REQUIRE(dovecot.all("service").size() == 1);
  CHECK(dovecot.all("service")[0]->name == "lmtp");
  REQUIRE(dovecot.all("service")[0]->all("unix_listener").size() == 1);
  CHECK(dovecot.all("service")[0]->all("unix_listener")[0]->value("mode") == "0600");
}

TEST_CASE("what is no configuration is read without harm") {
  for (const auto* text : {"", "}", "}}}\na = b", "a {", "{", "a {\nb {\nc = d", "= x", "\n\n", "a = {"}) {
    CAPTURE(text);
    CHECK_NOTHROW(parse_dovecot(text));
  }
  CHECK(parse_dovecot("}}}\na = b").value("a") == "b");
}

TEST_CASE("what deploy ships for Dovecot has no findings") {
  CHECK(ids_of(kOld).empty());
  CHECK(ids_of(kNew).empty());
}

TEST_CASE("traps of dovecot.conf are found") {
  CHECK(ids_of(changed(kOld, "driver = extmail", "driver = ldap")) == "dovecot-passdb");
  CHECK(ids_of(changed(kOld, "userdb {\n  args = socket=/run/extmail/auth\n  driver = extmail\n}\n", "")) ==
        "dovecot-userdb");
  CHECK(ids_of(std::string(kOld) + "passdb {\n  driver = pam\n}\n") == "dovecot-other-users");
  CHECK(ids_of(std::string(kNew) + "passdb pam {\n}\n") == "dovecot-other-users");
  CHECK(ids_of(changed(kOld, "first_valid_uid = 2525", "first_valid_uid = 3000")) == "dovecot-uid");
  CHECK(ids_of(changed(kOld, "last_valid_uid = 2525", "last_valid_uid = 2000")) == "dovecot-uid");
  CHECK(ids_of(changed(kOld, "last_valid_uid = 2525", "last_valid_uid = 0")).empty());
  CHECK(ids_of(std::string(kOld) + "last_valid_gid = 1000\n") == "dovecot-uid");
  CHECK(ids_of(changed(kOld, "auth_username_chars = \n", "")) == "dovecot-username-chars");
  CHECK(ids_of(std::string(kOld) + "recipient_delimiter = -\n") == "dovecot-delimiter");
}

TEST_CASE("the sockets that Dovecot asks, and who asks them") {
  using Sockets = std::vector<std::string>;
  CHECK(authd_sockets_of(parse_dovecot(kOld)) == Sockets{"/run/extmail/auth"});
  CHECK(authd_sockets_of(parse_dovecot(kNew)) == Sockets{"/run/extmail/auth"});
  CHECK(authd_sockets_of(parse_dovecot("passdb {\n  driver = pam\n}\n")).empty());
  CHECK(authd_sockets_of(parse_dovecot(
            "passdb {\n  args = cache_key=%u socket=/x\n  driver = extmail\n}\n")) == Sockets{"/x"});
  CHECK(auth_user_of(parse_dovecot(kOld)) == "dovecot");
  CHECK(auth_user_of(parse_dovecot("service auth {\n  user = root\n}\n")) == "root");
  CHECK(auth_user_of(parse_dovecot("service auth {\n  user = $default_internal_user\n}\n")) == "dovecot");
}
