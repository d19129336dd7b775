// SPDX-License-Identifier: MIT
//
// The built Dovecot plugin on the real libdovecot, against a stand-in for extmail-authd that answers when
// told to: logins and user lookups. Dovecot itself, with mail, is in tests/integration.
#include "dovecot_setup.hpp"

#include <chrono>
#include <cstdio>

namespace {

namespace auth = extmail::wire::auth;

using auth::Status;
using extmail::dovecot::login_fields;
using extmail::dovecot::user_fields;
using extmail::tests::as_map;
using extmail::tests::FieldMap;
using extmail::tests::kFieldNames;
using extmail::tests::kPassword;
using extmail::tests::Setup;

FieldMap fields_of_login(const std::string& user) {
  return as_map(login_fields(Setup::data_of(user), kFieldNames));
}

std::vector<std::string> exported_by(const std::string& library) {
  // NOLINTNEXTLINE(cert-env33-c): a fixed command of the build's own
  FILE* symbols = popen(("nm -D --defined-only --format=just-symbols " + library).c_str(), "r");
  REQUIRE(symbols != nullptr);
  std::vector<std::string> names;
  char line[4096];
  while (fgets(line, sizeof line, symbols) != nullptr) {
    names.emplace_back(line, std::string_view(line).find('\n'));
  }
  REQUIRE(pclose(symbols) == 0);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

TEST_CASE("dovecot plugin: nothing is exported but what Dovecot looks for", "[abi][dovecot]") {
  CHECK(exported_by(EXTMAIL_DOVECOT_PLUGIN) ==
        std::vector<std::string>{"authdb_extmail_deinit", "authdb_extmail_init", "authdb_extmail_version"});
#ifdef EXTMAIL_DOVECOT_SETTINGS
  CHECK(exported_by(EXTMAIL_DOVECOT_SETTINGS) ==
        std::vector<std::string>{"extmail_settings_set_infos", "extmail_settings_version"});
#endif
}

TEST_CASE("dovecot plugin: a login is asked about and told in Dovecot's words", "[abi][dovecot]") {
  Setup setup;
  const auto login = setup.host.verify("Postmaster@test.com", kPassword);
  setup.wait_for_questions(1);
  const auth::Request& question = setup.authd->asked[0];
  CHECK(question.verb == auth::Verb::Verify);
  CHECK(question.user == "Postmaster@test.com");
  CHECK(question.password.view() == kPassword);
  CHECK(question.service == "imap");
  CHECK(question.remote == "192.0.2.7");
  CHECK(question.secured);
  CHECK(setup.authd->host == (EXTMAIL_DOVECOT == 203 ? "dovecot-2.3" : "dovecot-2.4"));

  struct Row {
    Status status;
    const char* result;
    FieldMap fields;
    const char* log;
  };
  const Row row = GENERATE(values<Row>({
      {Status::Unknown, "USER_UNKNOWN", {}, "unknown user"},
      {Status::Mismatch, "PASSWORD_MISMATCH", {}, "Password mismatch"},
      {Status::Denied, "USER_DISABLED", {{"reason", "inactive"}}, "Login refused: inactive"},
      {Status::Temporary, "INTERNAL_FAILURE", {}, "Lookup failed: inactive"},
      {Status::Permanent, "INTERNAL_FAILURE", {}, "Lookup failed: inactive"},
  }));
  setup.answer(0, row.status, "inactive");
  setup.wait_for(login);
  CHECK(login->result == row.result);
  CHECK(login->fields == row.fields);
  CHECK(setup.logged(row.log));
  CHECK_FALSE(setup.logged(kPassword));
  CHECK(setup.host.references() == 0);
}

TEST_CASE("dovecot plugin: the stored name replaces the typed one", "[abi][dovecot]") {
  Setup setup;
  const auto same = setup.host.verify("postmaster@test.com", kPassword);
  const auto typed = setup.host.verify("POSTMASTER@test.com", kPassword);
  const auto nameless = setup.host.verify("x@test.com", kPassword);
  setup.wait_for_questions(3);
  setup.answer(0, Status::Ok);
  auth::Reply reply;
  reply.status = Status::Ok;
  reply.tag = setup.authd->asked[1].tag;
  reply.user = Setup::data_of("postmaster@test.com");
  setup.authd->reply(reply);
  reply.tag = setup.authd->asked[2].tag;
  reply.user.reset();
  setup.authd->reply(reply);
  setup.wait_for(nameless);
  CHECK(same->result == "OK");
  FieldMap expected = fields_of_login("postmaster@test.com");  // for a userdb prefetch
  CHECK(same->fields == expected);
  CHECK(typed->result == "OK");
  expected["user"] = "postmaster@test.com";
  CHECK(typed->fields == expected);
  CHECK(nameless->result == "INTERNAL_FAILURE");
}

TEST_CASE("dovecot plugin: a verified password is not verified again", "[abi][dovecot]") {
  Setup setup;
  const auto login = setup.host.verify_again("postmaster@test.com", "a master user's");
  setup.wait_for_questions(1);
  CHECK(setup.authd->asked[0].verb == auth::Verb::User);
  CHECK(setup.authd->asked[0].password.empty());
  setup.answer(0, Status::Ok);
  setup.wait_for(login);
  CHECK(login->result == "OK");
}

TEST_CASE("dovecot plugin: a user lookup", "[abi][dovecot]") {
  Setup setup;
  const auto user = setup.host.lookup("postmaster@test.com");
  setup.wait_for_questions(1);
  CHECK(setup.authd->asked[0].verb == auth::Verb::User);
  struct Row {
    Status status;
    const char* result;
    FieldMap fields;
  };
  const Row row = GENERATE(values<Row>({
      {Status::Ok, "OK", as_map(user_fields(Setup::data_of("postmaster@test.com"), kFieldNames))},
      {Status::Unknown, "USER_UNKNOWN", {}},
      {Status::Denied, "USER_UNKNOWN", {}},  // 550 from LMTP, not 451
      {Status::Mismatch, "INTERNAL_FAILURE", {}},
      {Status::Temporary, "INTERNAL_FAILURE", {}},
      {Status::Permanent, "INTERNAL_FAILURE", {}},
  }));
  setup.answer(0, row.status);
  setup.wait_for(user);
  CHECK(user->result == row.result);
  CHECK(user->fields == row.fields);
  CHECK(setup.host.references() == 0);
}

TEST_CASE("dovecot plugin: one connection carries all lookups, in any order", "[abi][dovecot]") {
  Setup setup;
  std::vector<std::shared_ptr<const extmail::tests::HostAnswer>> answers;
  for (int i = 0; i < 100; ++i) {
    const std::string user = "u" + std::to_string(i) + "@test.com";
    answers.push_back(i % 2 == 0 ? setup.host.verify(user, kPassword) : setup.host.lookup(user));
  }
  setup.wait_for_questions(100);
  CHECK(setup.authd->greetings == 1);
  for (std::size_t i = 100; i-- > 0;) {
    setup.answer(i, i % 3 == 0 ? Status::Unknown : Status::Ok);
  }
  setup.wait_for(answers.front());
  for (std::size_t i = 0; i < answers.size(); ++i) {
    CHECK(answers[i]->result == (i % 3 == 0 ? "USER_UNKNOWN" : "OK"));
  }
  CHECK(setup.host.references() == 0);
}

TEST_CASE("dovecot plugin: a lost connection", "[abi][dovecot]") {
  Setup setup;
  const auto login = setup.host.verify("postmaster@test.com", kPassword);
  setup.wait_for_questions(1);
  setup.authd->hang_up();

  SECTION("is replaced, and what it left unanswered asked again") {
    setup.wait_for_questions(2);
    CHECK(setup.authd->asked[1].password.view() == kPassword);
    CHECK(setup.authd->greetings == 2);
    setup.answer(1, Status::Ok);
    setup.wait_for(login);
    CHECK(login->result == "OK");
  }
  SECTION("and lost again is a failure of what was asked twice, and of nothing else") {
    setup.wait_for_questions(2);
    const auto later = setup.host.verify("support@test.com", kPassword);
    setup.wait_for_questions(3);
    setup.authd->hang_up();
    setup.wait_for(login);
    CHECK(login->result == "INTERNAL_FAILURE");
    setup.wait_for_questions(4);
    setup.answer(3, Status::Ok);
    setup.wait_for(later);
    CHECK(later->result == "OK");
  }
  SECTION("with nobody there to take the next is a failure at once") {
    setup.authd.reset();
    setup.wait_for(login);
    CHECK(login->result == "INTERNAL_FAILURE");
    CHECK(setup.logged("is extmail-authd running"));

    const auto next = setup.host.verify("postmaster@test.com", kPassword);
    CHECK(next->times == 1);
    CHECK(next->result == "INTERNAL_FAILURE");

    setup.authd.emplace(setup.scratch.socket());
    const auto last = setup.verify_until_asked();
    setup.answer(0, Status::Ok);
    setup.wait_for(last);
    CHECK(last->result == "OK");
  }
  CHECK(setup.host.references() == 0);
  CHECK_FALSE(setup.logged(kPassword));
}

TEST_CASE("dovecot plugin: an idle connection that is lost is not missed", "[abi][dovecot]") {
  Setup setup;
  for (int i = 0; i < 3; ++i) {
    const auto user = setup.host.lookup("postmaster@test.com");
    setup.wait_for_questions(1);
    setup.answer(0, Status::Ok);
    setup.wait_for(user);
    CHECK(user->result == "OK");
    setup.authd->asked.clear();
    setup.authd->hang_up();
  }
  CHECK(setup.authd->greetings == 3);
}

TEST_CASE("dovecot plugin: no answer in time", "[abi][dovecot]") {
  Setup setup(1);
  const auto login = setup.host.verify("postmaster@test.com", kPassword);
  setup.wait_for(login);
  CHECK(login->result == "INTERNAL_FAILURE");
  CHECK(setup.logged("did not answer within 1 s"));

  SECTION("from a silent connection: the next lookup tries a new one") {
    const auto next = setup.host.verify("postmaster@test.com", kPassword);
    setup.wait_for_questions(2);
    CHECK(setup.authd->greetings == 2);
    setup.answer(1, Status::Ok);
    setup.wait_for(next);
    CHECK(next->result == "OK");
  }
  CHECK(setup.host.references() == 0);
}

TEST_CASE("dovecot plugin: an answer after its time is let go", "[abi][dovecot]") {
  Setup setup(1);
  const auto slow = setup.host.verify("slow@test.com", kPassword);
  setup.wait_for_questions(1);
  const auto quick = setup.host.verify("quick@test.com", kPassword);
  setup.wait_for_questions(2);
  setup.answer(1, Status::Ok);  // the connection is alive, so that it is kept
  setup.wait_for(slow);
  CHECK(slow->result == "INTERNAL_FAILURE");
  setup.answer(0, Status::Ok);
  const auto next = setup.host.verify("next@test.com", kPassword);
  setup.wait_for_questions(3);
  setup.answer(2, Status::Ok);
  setup.wait_for(next);
  CHECK(next->result == "OK");
  CHECK(slow->times == 1);
  CHECK(setup.authd->greetings == 1);
}

TEST_CASE("dovecot plugin: an answer that is none", "[abi][dovecot]") {
  Setup setup;
  const auto login = setup.host.verify("postmaster@test.com", kPassword);
  const auto user = setup.host.lookup("postmaster@test.com");
  setup.wait_for_questions(2);
  const std::string_view bytes =
      GENERATE(as<std::string_view>(), "HTTP/1.1 400 Bad Request\r\n", "65537:", "5:2:ok,,",
               "17:2:ok,9:123456789,,", "11:4:what,1:2,,", "0:,");
  setup.authd->send_raw(bytes);
  setup.wait_for(login);
  setup.wait_for(user);
  CHECK(login->result == "INTERNAL_FAILURE");
  CHECK(user->result == "INTERNAL_FAILURE");
  CHECK(setup.logged("unexpected answer"));
  CHECK(setup.host.references() == 0);

  const auto next = setup.verify_until_asked();
  setup.answer(2, Status::Ok);
  setup.wait_for(next);
  CHECK(next->result == "OK");
}

TEST_CASE("dovecot plugin: a refused greeting is logged once and is no storm", "[abi][dovecot]") {
  using Clock = std::chrono::steady_clock;
  Setup setup;
  setup.authd->greeting = Status::Permanent;
  const auto start = Clock::now();
  int failed = 0;
  while (failed < 200) {
    const auto login = setup.host.verify("postmaster@test.com", kPassword);
    setup.wait_for(login);
    CHECK(login->result == "INTERNAL_FAILURE");
    ++failed;
  }
  CHECK(setup.authd->greetings <= 1 + (Clock::now() - start) / std::chrono::milliseconds(100));
  CHECK(setup.times_logged("closing the connection: extmail-authd refuses to serve this Dovecot") == 1);
  CHECK(setup.times_logged("Lookup failed: extmail-authd refuses to serve this Dovecot") == failed);

  setup.authd->greeting = Status::Ok;
  setup.authd->asked.clear();  // together with refused greetings
  const auto login = setup.verify_until_asked();
  setup.answer(0, Status::Ok);
  setup.wait_for(login);
  CHECK(login->result == "OK");
}

TEST_CASE("dovecot plugin: a peer that takes connections and closes them is no storm", "[abi][dovecot]") {
  using Clock = std::chrono::steady_clock;
  Setup setup;
  setup.authd->closes_at_once = true;
  const auto start = Clock::now();
  for (int i = 0; i < 200; ++i) {
    const auto login = setup.host.verify("postmaster@test.com", kPassword);
    setup.wait_for(login);
    CHECK(login->result == "INTERNAL_FAILURE");
  }
  // Two at first, because what a lost connection left unanswered is asked again.
  CHECK(setup.authd->connections <= 2 + 2 * ((Clock::now() - start) / std::chrono::milliseconds(100)));
  CHECK(setup.host.references() == 0);
}

TEST_CASE("dovecot plugin: what is asked in one turn of the loop leaves with few writes", "[abi][dovecot]") {
  Setup setup;
  for (int i = 0; i < 32; ++i) {
    static_cast<void>(setup.host.verify("u" + std::to_string(i) + "@test.com", kPassword));
  }
  setup.wait_for_questions(32);
  // Eight messages at a time; the greeting is one of the 33.
  CHECK(setup.authd->reads <= 5);
}

TEST_CASE("dovecot plugin: what can't be asked does not cost the others their connection", "[abi][dovecot]") {
  Setup setup;
  const auto login = setup.host.verify("postmaster@test.com", kPassword);
  const auto flood = setup.host.verify("postmaster@test.com", std::string(auth::kMaxMessageBytes, 'x'));
  CHECK(flood->times == 1);
  CHECK(flood->result == "INTERNAL_FAILURE");
  setup.wait_for_questions(1);
  setup.answer(0, Status::Ok);
  setup.wait_for(login);
  CHECK(login->result == "OK");
}

TEST_CASE("dovecot plugin: more than a socket holds is written as it is read", "[abi][dovecot]") {
  Setup setup;
  std::vector<std::shared_ptr<const extmail::tests::HostAnswer>> answers;
  answers.reserve(50);
  const std::string password(60000, 'x');
  for (int i = 0; i < 50; ++i) {
    answers.push_back(setup.host.verify("postmaster@test.com", password));
  }
  setup.wait_for_questions(50);
  for (std::size_t i = 0; i < 50; ++i) {
    CHECK(setup.authd->asked[i].password.view() == password);
    setup.answer(i, Status::Ok);
  }
  setup.wait_for(answers.back());
}

TEST_CASE("dovecot plugin: stopping with lookups under way", "[abi][dovecot]") {
  Setup setup;
  const auto login = setup.host.verify("postmaster@test.com", kPassword);
  const auto user = setup.host.lookup("postmaster@test.com");
  setup.wait_for_questions(2);

  // As passdb { result_internalfail = continue } does: the failure of one lookup starts another.
  std::shared_ptr<const extmail::tests::HostAnswer> nested;
  setup.host.on_next_answer([&] { nested = setup.host.verify("postmaster@test.com", kPassword); });
  setup.host.close_passdb();
  CHECK(login->times == 1);
  CHECK(login->result == "INTERNAL_FAILURE");
  REQUIRE(nested);
  CHECK(nested->times == 1);
  CHECK(nested->result == "INTERNAL_FAILURE");
  CHECK(user->times == 0);

  setup.host.close_userdb();
  CHECK(user->times == 1);
  CHECK(user->result == "INTERNAL_FAILURE");
  CHECK(setup.host.references() == 0);
}

TEST_CASE("dovecot plugin: an answer may start the next lookup", "[abi][dovecot]") {
  Setup setup;
  const auto login = setup.host.verify("postmaster@test.com", kPassword);
  setup.wait_for_questions(1);
  std::shared_ptr<const extmail::tests::HostAnswer> nested;
  setup.host.on_next_answer([&] { nested = setup.host.lookup("postmaster@test.com"); });

  SECTION("on the same connection") {
    setup.answer(0, Status::Unknown);
    setup.wait_for(login);
    setup.wait_for_questions(2);
    setup.answer(1, Status::Ok);
    setup.wait_for(nested);
    CHECK(nested->result == "OK");
  }
  SECTION("which fails like the first while the connection is no good") {
    setup.authd->send_raw("garbage");
    setup.wait_for(login);
    REQUIRE(nested);
    CHECK(nested->times == 1);
    CHECK(nested->result == "INTERNAL_FAILURE");
  }
  CHECK(setup.host.references() == 0);
}

TEST_CASE("dovecot plugin: what an administrator may not write fails the login and says so",
          "[abi][dovecot]") {
  Setup setup;
  const auto login = setup.host.verify("postmaster@test.com", kPassword);
  const auto user = setup.host.lookup("postmaster@test.com");
  setup.wait_for_questions(2);
  auth::Reply reply;
  reply.status = Status::Ok;
  reply.user = Setup::data_of("postmaster@test.com");
  reply.user->extra = {{"userdb_uid", "0"}};
  for (const auto& question : setup.authd->asked) {
    reply.tag = question.tag;
    setup.authd->reply(reply);
  }
  setup.wait_for(login);
  setup.wait_for(user);
  CHECK(login->result == "INTERNAL_FAILURE");
  CHECK(login->fields.empty());
  CHECK(user->result == "INTERNAL_FAILURE");
  CHECK(user->fields.empty());
  CHECK(setup.times_logged("Lookup failed: the further field userdb_uid of this user must be a number") == 2);
}

#if EXTMAIL_DOVECOT == 204
TEST_CASE("dovecot plugin: a wrong setting keeps Dovecot from starting", "[abi][dovecot]") {
  extmail::tests::DovecotHost host{EXTMAIL_DOVECOT_PLUGIN};
  CHECK_THROWS_WITH(host.open("extmail/auth", 5),
                    extmail::tests::contains_text("extmail_socket_path must be an absolute path"));
  CHECK_THROWS_WITH(host.open("/run/extmail/auth", 61),
                    extmail::tests::contains_text("extmail_timeout must be a time from 1 to 60 seconds"));
}
#endif
