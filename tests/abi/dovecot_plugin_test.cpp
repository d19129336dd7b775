// SPDX-License-Identifier: MIT
//
// The built Dovecot plugin on the real libdovecot, against a stand-in for extmail-authd that answers when
// told to. Dovecot itself, with mail, is in tests/integration.
#include "dovecot-auth-plugin/settings.hpp"
#include "dovecot-auth-plugin/user_fields.hpp"
#include "dovecot_host.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace auth = extmail::wire::auth;

using auth::Status;
using extmail::Outcome;
using extmail::dovecot::parse_settings;
using extmail::dovecot::user_fields;
using extmail::tests::DovecotHost;
using extmail::tests::SteppedAuthd;
using Fields = std::map<std::string, std::string>;

constexpr const char* kPassword = "Sek.ret1";

class ScratchFolder {
 public:
  ScratchFolder() {
    if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  }
  ~ScratchFolder() { std::filesystem::remove_all(path_); }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  [[nodiscard]] std::string socket() const { return path_ + "/auth"; }

 private:
  std::string path_ = std::filesystem::temp_directory_path() / "extmail-dovecot-XXXXXX";
};

/// A host with a passdb and a userdb, and what they ask.
struct Setup {
  ScratchFolder scratch;
  DovecotHost host{EXTMAIL_DOVECOT_PLUGIN};
  std::optional<SteppedAuthd> authd{std::in_place, scratch.socket()};

  explicit Setup(const std::string& more_args = "timeout=5") {
    host.open("socket=" + scratch.socket() + " " + more_args);
  }

  void run_until(const std::function<bool()>& done) {
    REQUIRE(host.run(done, [this] {
      if (authd) authd->poll();
    }));
  }
  void wait_for(const std::shared_ptr<const extmail::tests::HostAnswer>& answer) {
    run_until([&] { return answer->times > 0; });
    CHECK(answer->times == 1);
  }
  void wait_for_questions(std::size_t count) {
    run_until([&] { return authd->asked.size() >= count; });
  }
  void answer(std::size_t which, Status status, std::string reason = {}) {
    auth::Reply reply;
    reply.tag = authd->asked.at(which).tag;
    reply.status = status;
    reply.reason = std::move(reason);
    if (status == Status::Ok) reply.user = data_of(authd->asked[which].user);
    authd->reply(reply);
  }
  static auth::UserData data_of(const std::string& user) {
    auth::UserData data;
    data.user = user;
    data.uid = 2525;
    data.gid = 2526;
    data.home = "/var/mailbox/test.com/postmaster";
    data.maildir = "/var/mailbox/test.com/postmaster/Maildir/";
    data.quota_bytes = 104857600;
    return data;
  }

  [[nodiscard]] bool logged(std::string_view part) const {
    const auto lines = host.log();
    return std::any_of(lines.begin(), lines.end(),
                       [&](const std::string& line) { return line.find(part) != std::string::npos; });
  }
};

}  // namespace

TEST_CASE("dovecot plugin: nothing is exported but what Dovecot looks for", "[abi][dovecot]") {
  // NOLINTNEXTLINE(cert-env33-c): a fixed command of the build's own
  FILE* symbols = popen("nm -D --defined-only --format=just-symbols " EXTMAIL_DOVECOT_PLUGIN, "r");
  REQUIRE(symbols != nullptr);
  std::vector<std::string> names;
  char line[4096];
  while (fgets(line, sizeof line, symbols) != nullptr) {
    names.emplace_back(line, std::string_view(line).find('\n'));
  }
  REQUIRE(pclose(symbols) == 0);
  std::sort(names.begin(), names.end());
  CHECK(names ==
        std::vector<std::string>{"authdb_extmail_deinit", "authdb_extmail_init", "authdb_extmail_version"});
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

  struct Row {
    Status status;
    const char* result;
    Fields fields;
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
  CHECK(same->fields.empty());
  CHECK(typed->result == "OK");
  CHECK(typed->fields == Fields{{"user", "postmaster@test.com"}});
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
    Fields fields;
  };
  const Row row = GENERATE(values<Row>({
      {Status::Ok,
       "OK",
       {{"uid", "2525"},
        {"gid", "2526"},
        {"home", "/var/mailbox/test.com/postmaster"},
        {"mail", "maildir:/var/mailbox/test.com/postmaster/Maildir/"},
        {"quota_rule", "*:bytes=104857600"}}},
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
    const auto last = setup.host.verify("postmaster@test.com", kPassword);
    setup.wait_for_questions(1);
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
  Setup setup("timeout=1");
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
  Setup setup("timeout=1");
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

  const auto next = setup.host.verify("postmaster@test.com", kPassword);
  setup.wait_for_questions(3);
  setup.answer(2, Status::Ok);
  setup.wait_for(next);
  CHECK(next->result == "OK");
}

TEST_CASE("dovecot plugin: a refused greeting", "[abi][dovecot]") {
  Setup setup;
  setup.authd->greeting = Status::Permanent;
  const auto login = setup.host.verify("postmaster@test.com", kPassword);
  setup.wait_for(login);
  CHECK(login->result == "INTERNAL_FAILURE");
  CHECK(setup.logged("refuses to serve this Dovecot"));
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
  setup.authd->send_raw("garbage");
  setup.wait_for(login);
  setup.wait_for_questions(2);
  setup.answer(1, Status::Ok);
  setup.wait_for(nested);
  CHECK(nested->result == "OK");
}

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

TEST_CASE("dovecot plugin: user fields", "[abi][dovecot]") {
  const auto field = [](const auth::UserData& user, std::string_view name) {
    const auto fields = user_fields(user);
    REQUIRE(fields.is_found());
    for (const auto& each : fields.value()) {
      if (each.name == name) return each.value;
    }
    return std::string("(none)");
  };
  auth::UserData user = Setup::data_of("postmaster@test.com");

  SECTION("quota") {
    using Limit = std::optional<std::uint64_t>;
    struct Row {
      Limit bytes;
      Limit messages;
      const char* rule;
    };
    const Row row = GENERATE(values<Row>({
        {104857600, std::nullopt, "*:bytes=104857600"},
        {104857600, 1000, "*:bytes=104857600:messages=1000"},
        {std::nullopt, 1000, "*:messages=1000"},
        {0, std::nullopt, "*:bytes=0"},
        {std::nullopt, std::nullopt, "(none)"},
        {18446744073709551615U, std::nullopt, "*:bytes=9223372036854775807"},
    }));
    user.quota_bytes = row.bytes;
    user.quota_messages = row.messages;
    CHECK(field(user, "quota_rule") == row.rule);
  }
  SECTION("a maildir can't bring options with it") {
    user.maildir = "/var/mailbox/x:INDEX=/etc/Maildir/";
    CHECK(field(user, "mail") == "maildir:/var/mailbox/x::INDEX=/etc/Maildir/");
  }
  SECTION("what is not known is left to Dovecot's settings") {
    user.home.clear();
    user.maildir.clear();
    CHECK(field(user, "home") == "(none)");
    CHECK(field(user, "mail") == "(none)");
  }
  SECTION("root is no mail user") {
    (GENERATE(true, false) ? user.uid : user.gid) = 0;
    CHECK(user_fields(user).outcome() == Outcome::PermanentFailure);
  }
}
