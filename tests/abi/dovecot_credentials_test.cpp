// SPDX-License-Identifier: MIT
//
// The built Dovecot plugin, asked for credentials: by mechanisms that prove a password without sending it,
// and by lookups without a login.
#include "dovecot_setup.hpp"

namespace {

namespace auth = extmail::wire::auth;

using auth::Status;
using extmail::tests::as_map;
using extmail::tests::FieldMap;
using extmail::tests::kFieldNames;
using extmail::tests::kPassword;
using extmail::tests::Setup;

/// What extmail-authd says to the first question.
struct Given {
  const char* clear = nullptr;
  const char* stored = nullptr;
};

auth::Reply reply_to(const auth::Request& question, const Given& given) {
  auth::Reply reply;
  reply.status = Status::Ok;
  reply.tag = question.tag;
  reply.user = Setup::data_of(question.user);
  if (given.clear != nullptr) reply.clear_password.emplace(given.clear);
  if (given.stored != nullptr) reply.stored_password.emplace(given.stored);
  return reply;
}

}  // namespace

TEST_CASE("dovecot plugin: credentials", "[abi][dovecot]") {
  Setup setup;
  struct Row {
    const char* wanted;
    Given given;
    const char* result;
    const char* password;
  };
  const Row row = GENERATE(values<Row>({
      {"CRAM-MD5", {kPassword, nullptr}, "OK", "{PLAIN}Sek.ret1"},
      {"DIGEST-MD5", {kPassword, nullptr}, "OK", "{PLAIN}Sek.ret1"},
      {"CRAM-MD5", {nullptr, "{CRAM-MD5}0badc0de"}, "OK", "{CRAM-MD5}0badc0de"},
      {"DIGEST-MD5", {nullptr, "{DIGEST-MD5}0badc0de"}, "OK", "{DIGEST-MD5}0badc0de"},
      {"SCRAM-SHA-1", {nullptr, "{SCRAM-SHA-1}4096,a,b,c"}, "OK", "{SCRAM-SHA-1}4096,a,b,c"},
      {"SCRAM-SHA-256", {nullptr, "{SCRAM-SHA-256}4096,a,b,c"}, "OK", "{SCRAM-SHA-256}4096,a,b,c"},
      {"SCRAM-SHA-256", {nullptr, "{scram-sha-256}4096,a,b,c"}, "OK", "{scram-sha-256}4096,a,b,c"},
      // The verifier before the password, which would have to be derived at each login.
      {"SCRAM-SHA-256", {kPassword, "{SCRAM-SHA-256}4096,a,b,c"}, "OK", "{SCRAM-SHA-256}4096,a,b,c"},
      {"CRAM-MD5", {kPassword, "{SCRAM-SHA-256}4096,a,b,c"}, "OK", "{PLAIN}Sek.ret1"},
      {"CRAM-MD5", {nullptr, "{SCRAM-SHA-256}4096,a,b,c"}, "SCHEME_NOT_AVAILABLE", ""},
      {"CRAM-MD5", {nullptr, "0badc0de"}, "SCHEME_NOT_AVAILABLE", ""},
      {"CRAM-MD5", {nullptr, nullptr}, "SCHEME_NOT_AVAILABLE", ""},
      {"PLAIN", {"{SHA}looks like a hash", nullptr}, "OK", "{PLAIN}{SHA}looks like a hash"},
  }));
  const auto login = setup.host.credentials("postmaster@test.com", row.wanted);
  setup.wait_for_questions(1);
  CHECK(setup.authd->asked[0].verb == auth::Verb::Credentials);
  CHECK(setup.authd->asked[0].scheme == row.wanted);
  CHECK(setup.authd->asked[0].service == "imap");
  CHECK(setup.authd->asked[0].remote == "192.0.2.7");
  setup.authd->reply(reply_to(setup.authd->asked[0], row.given));
  setup.wait_for(login);
  CHECK(login->result == row.result);
  CHECK(login->password == row.password);
  CHECK(setup.logged(std::string("No login by ") + row.wanted) == (login->result != "OK"));
  CHECK_FALSE(setup.logged(kPassword));
  CHECK_FALSE(setup.logged("0badc0de"));
  CHECK(setup.host.references() == 0);
}

TEST_CASE("dovecot plugin: a login without sending the password gets the fields of one", "[abi][dovecot]") {
  Setup setup;
  const auto login = setup.host.credentials("POSTMASTER@test.com", "CRAM-MD5");
  setup.wait_for_questions(1);
  auth::Reply reply = reply_to(setup.authd->asked[0], {kPassword, nullptr});
  reply.user = Setup::data_of("postmaster@test.com");
  reply.user->extra = {{"allow_nets", "192.0.2.0/24"}};
  setup.authd->reply(reply);
  setup.wait_for(login);
  FieldMap expected = as_map(extmail::dovecot::login_fields(*reply.user, kFieldNames));
  expected["user"] = "postmaster@test.com";
  CHECK(expected.at("allow_nets") == "192.0.2.0/24");
  CHECK(login->fields == expected);
}

TEST_CASE("dovecot plugin: a lookup without a login needs no password", "[abi][dovecot]") {
  Setup setup;
  const auto lookup = setup.host.credentials("postmaster@test.com", "");
  setup.wait_for_questions(1);
  CHECK(setup.authd->asked[0].verb == auth::Verb::User);
  auth::Reply reply = reply_to(setup.authd->asked[0], {});
  reply.user->mailhost = "mail2.test.com";
  setup.authd->reply(reply);
  setup.wait_for(lookup);
  CHECK(lookup->result == "OK");
  CHECK(lookup->password.empty());
  CHECK(lookup->fields ==
        FieldMap{{"proxy", "y"}, {"host", "mail2.test.com"}, {"destuser", "postmaster@test.com"}});
}

TEST_CASE("dovecot plugin: credentials of an earlier passdb are not asked for again", "[abi][dovecot]") {
  Setup setup;
  const auto login = setup.host.credentials_again("postmaster@test.com", "CRAM-MD5");
  setup.wait_for_questions(1);
  CHECK(setup.authd->asked[0].verb == auth::Verb::User);
  setup.answer(0, Status::Ok);
  setup.wait_for(login);
  CHECK(login->result == "OK");
  CHECK_FALSE(setup.logged("No login by"));
}

TEST_CASE("dovecot plugin: no credentials", "[abi][dovecot]") {
  Setup setup;
  struct Row {
    Status status;
    const char* result;
    const char* log;
  };
  const Row row = GENERATE(values<Row>({
      {Status::Unknown, "USER_UNKNOWN", "unknown user"},
      {Status::Temporary, "INTERNAL_FAILURE", "Lookup failed: because"},
      {Status::Permanent, "INTERNAL_FAILURE", "Lookup failed: because"},
  }));
  const auto login = setup.host.credentials("postmaster@test.com", GENERATE("", "CRAM-MD5"));
  setup.wait_for_questions(1);
  setup.answer(0, row.status, "because");
  setup.wait_for(login);
  CHECK(login->result == row.result);
  CHECK(login->password.empty());
  CHECK(setup.logged(row.log));
  CHECK(login->fields.count("reason") == 0);
  CHECK(setup.host.references() == 0);
}

TEST_CASE("dovecot plugin: who has proven no password does not learn of a closed account", "[abi][dovecot]") {
  Setup setup;
  const auto login = setup.host.credentials("postmaster@test.com", "CRAM-MD5");
  setup.wait_for_questions(1);
  setup.answer(0, Status::Denied, "because");
  setup.wait_for(login);
  CHECK(login->result == "USER_UNKNOWN");
  CHECK(login->fields.empty());
  CHECK(setup.logged("Login refused: because"));
  CHECK_FALSE(setup.logged("unknown user"));
}

TEST_CASE("dovecot plugin: a lookup without a password, or after it, learns it", "[abi][dovecot]") {
  Setup setup;
  const bool is_proven = GENERATE(false, true);
  const auto lookup = is_proven ? setup.host.credentials_again("postmaster@test.com", "CRAM-MD5")
                                : setup.host.credentials("postmaster@test.com", "");
  setup.wait_for_questions(1);
  setup.answer(0, Status::Denied, "because");
  setup.wait_for(lookup);
  CHECK(lookup->result == "USER_DISABLED");
  CHECK(lookup->fields.at("reason") == "because");
  CHECK(setup.logged("Login refused: because"));
}

TEST_CASE("dovecot plugin: stopping while credentials are looked up", "[abi][dovecot]") {
  Setup setup;
  const auto login = setup.host.credentials("postmaster@test.com", "CRAM-MD5");
  setup.wait_for_questions(1);
  setup.host.close_passdb();
  CHECK(login->times == 1);
  CHECK(login->result == "INTERNAL_FAILURE");
  CHECK(setup.host.references() == 0);
}
