// SPDX-License-Identifier: MIT
//
// The built auxprop plugin inside the real libsasl2, against a stand-in for extmail-authd that speaks the
// protocol through our own codec. The numbers here decide what Postfix says: SASL_UNAVAIL and SASL_FAIL
// become 454, SASL_NOUSER and SASL_BADAUTH 535.
#include "sasl_host.hpp"
#include "sasl_setup.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <sasl/sasl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using extmail::tests::contains;
using extmail::tests::kBad;
using extmail::tests::kGood;
using extmail::tests::Login;
using extmail::tests::SaslHost;
using Setup = extmail::tests::SaslSetup;

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace

TEST_CASE("sasl plugin: what each login ends with", "[abi][sasl]") {
  struct Row {
    const char* mechanism;
    std::string user;
    std::string_view password;
    int result;
    std::string log;  // a part of it; empty: nothing from us
  };
  const std::vector<Row> rows{
      {"CRAM-MD5", "clear@d.test", kGood, SASL_OK, ""},
      {"CRAM-MD5", "clear@d.test", kBad, SASL_BADAUTH, ""},
      {"CRAM-MD5", "nobody@d.test", kGood, SASL_NOUSER, ""},
      {"CRAM-MD5", "hash@d.test", kGood, SASL_NOUSER,
       "extmail: hash@d.test stores no clear password, and CRAM-MD5 can't work with a hash"},
      {"CRAM-MD5", "denied@d.test", kGood, SASL_NOUSER,
       "extmail: denied@d.test may not log in: the mailbox is inactive"},
      {"CRAM-MD5", "evil\nlog@d.test", kGood, SASL_NOUSER,
       "extmail: evil\\x0alog@d.test may not log in: two\\x0alines"},
      {"CRAM-MD5", "temporary@d.test", kGood, SASL_UNAVAIL,
       "extmail: can't look up temporary@d.test: no database"},
      {"CRAM-MD5", "permanent@d.test", kGood, SASL_UNAVAIL,
       "extmail: can't look up permanent@d.test: not for you"},
      {"CRAM-MD5", "empty@d.test", kGood, SASL_NOUSER, "a clear password that is empty"},
      {"CRAM-MD5", "nul@d.test", kGood, SASL_NOUSER, "a clear password that is empty or has a NUL byte"},
      {"CRAM-MD5", "mismatch@d.test", kGood, SASL_UNAVAIL, "can't look up"},
      {"CRAM-MD5", "other_tag@d.test", kGood, SASL_UNAVAIL, "not the answer to our question"},
      {"CRAM-MD5", "chatty@d.test", kGood, SASL_UNAVAIL, "not the answer to our question"},
      {"CRAM-MD5", "garbage@d.test", kGood, SASL_UNAVAIL, "broke the protocol"},
      {"CRAM-MD5", "oversize@d.test", kGood, SASL_UNAVAIL, "broke the protocol"},
      {"CRAM-MD5", "hang_up@d.test", kGood, SASL_UNAVAIL, "lost the connection"},
      {"CRAM-MD5", "half@d.test", kGood, SASL_UNAVAIL, "lost the connection"},
      {"CRAM-MD5", "silent@d.test", kGood, SASL_UNAVAIL, "did not answer in time"},

      {"DIGEST-MD5", "clear@d.test", kGood, SASL_OK, ""},
      {"DIGEST-MD5", "clear@d.test", kBad, SASL_BADAUTH, ""},
      {"DIGEST-MD5", "temporary@d.test", kGood, SASL_UNAVAIL, "no database"},
      {"SCRAM-SHA-256", "clear@d.test", kGood, SASL_OK, ""},
      {"SCRAM-SHA-256", "clear@d.test", kBad, SASL_BADAUTH, ""},
      {"SCRAM-SHA-256", "hash@d.test", kGood, SASL_NOUSER, "SCRAM-SHA-256 can't work with a hash"},
      {"SCRAM-SHA-256", "temporary@d.test", kGood, SASL_UNAVAIL, "no database"},

      {"SCRAM-SHA-1", "clear@d.test", kGood, SASL_OK, ""},

      {"SCRAM-SHA-1", "scram1@d.test", kGood, SASL_OK, ""},
      {"SCRAM-SHA-1", "scram1@d.test", kBad, SASL_BADAUTH, ""},
      {"SCRAM-SHA-256", "scram1@d.test", kGood, SASL_NOUSER,
       "scram1@d.test stores no clear password, and SCRAM-SHA-256 can't work with what is stored for "
       "SCRAM-SHA-1"},
      {"SCRAM-SHA-256", "scram256@d.test", kGood, SASL_OK, ""},
      {"SCRAM-SHA-256", "scram256@d.test", kBad, SASL_BADAUTH, ""},
      {"SCRAM-SHA-1", "scram256@d.test", kGood, SASL_NOUSER,
       "can't work with what is stored for SCRAM-SHA-256"},
      {"CRAM-MD5", "scram256@d.test", kGood, SASL_NOUSER, "can't work with what is stored for SCRAM-SHA-256"},
      {"SCRAM-SHA-256", "broken_scram@d.test", kGood, SASL_NOUSER, "SCRAM-SHA-256 can't work with a hash"},
      {"CRAM-MD5", "cram@d.test", kGood, SASL_OK, ""},
      {"CRAM-MD5", "cram@d.test", kBad, SASL_BADAUTH, ""},
      {"CRAM-MD5", "broken_cram@d.test", kGood, SASL_NOUSER, "CRAM-MD5 can't work with a hash"},
      {"DIGEST-MD5", "cram@d.test", kGood, SASL_NOUSER,
       "DIGEST-MD5 can't work with what is stored for CRAM-MD5"},

      {"PLAIN", "clear@d.test", kGood, SASL_OK, ""},
      {"PLAIN", "clear@d.test", kBad, SASL_BADAUTH, ""},
      {"PLAIN", "hash@d.test", kGood, SASL_OK, ""},
      {"PLAIN", "hash@d.test", kBad, SASL_BADAUTH, ""},
      {"PLAIN", "nobody@d.test", kGood, SASL_BADAUTH, ""},
      {"PLAIN", "denied@d.test", kGood, SASL_BADAUTH, "may not log in"},
      {"PLAIN", "temporary@d.test", kGood, SASL_FAIL, "no database"},
      {"PLAIN", "nul@d.test", kGood, SASL_BADAUTH, "NUL byte"},

      {"LOGIN", "clear@d.test", kGood, SASL_OK, ""},
      {"LOGIN", "clear@d.test", kBad, SASL_BADAUTH, ""},
      {"LOGIN", "hash@d.test", kGood, SASL_OK, ""},
      {"LOGIN", "hash@d.test", kBad, SASL_BADAUTH, ""},
      {"LOGIN", "nobody@d.test", kGood, SASL_BADAUTH, ""},
      {"LOGIN", "temporary@d.test", kGood, SASL_FAIL, "no database"},
  };
  const Setup setup;
  const SaslHost host(setup.scratch, setup.configuration());
  for (const auto& row : rows) {
    INFO(row.mechanism << " " << row.user << " " << row.password);
    CHECK(host.log_in({row.mechanism, row.user, row.password}) == row.result);
    const std::string log = SaslHost::take_log();
    INFO("log: " << log);
    CHECK(contains(log, row.log));
    if (row.log.empty()) CHECK_FALSE(contains(log, "extmail"));
    CHECK_FALSE(contains(log, kGood));
    CHECK_FALSE(contains(log, kBad));
  }
}

TEST_CASE("sasl plugin: a hash without saslauthd is explained", "[abi][sasl]") {
  const Setup setup;
  const SaslHost host(setup.scratch, "pwcheck_method: auxprop\nauxprop_plugin: extmail\nextmail_socket: " +
                                         setup.scratch.path("auth"));
  CHECK(host.log_in({"PLAIN", "hash@d.test", kGood}) == SASL_NOUSER);
  CHECK(contains(SaslHost::take_log(), "pwcheck_method needs saslauthd too"));
}

TEST_CASE("sasl plugin: nobody there is never a wrong password", "[abi][sasl]") {
  Setup setup;
  const SaslHost host(setup.scratch, setup.configuration());

  SECTION("authd away") {
    setup.authd.reset();
    CHECK(host.log_in({"CRAM-MD5", "clear@d.test", kGood}) == SASL_UNAVAIL);
    CHECK(contains(SaslHost::take_log(), "can't connect to extmail-authd at " + setup.scratch.path("auth")));
    CHECK(host.log_in({"PLAIN", "hash@d.test", kGood}) == SASL_OK);  // saslauthd could tell

    setup.start_authd();
    CHECK(host.log_in({"CRAM-MD5", "clear@d.test", kGood}) == SASL_OK);
  }
  SECTION("both away") {
    setup.authd.reset();
    setup.saslauthd.reset();
    CHECK(host.log_in({"PLAIN", "clear@d.test", kGood}) == SASL_FAIL);
    CHECK(host.log_in({"LOGIN", "hash@d.test", kGood}) == SASL_FAIL);
  }
  SECTION("trouble behind both leaves no descriptor open") {
    // Counted while the stand-in is gone: its ends of the connections are descriptors of this process too.
    const auto descriptors_after = [&](int logins) {
      setup.saslauthd.emplace(setup.scratch.path("mux"));
      for (int i = 0; i < logins; ++i) {
        CHECK(host.log_in({"PLAIN", "temporary@d.test", kGood}) == SASL_FAIL);
      }
      setup.saslauthd.reset();
      return open_descriptors();
    };
    setup.saslauthd.reset();
    const std::size_t before = descriptors_after(1);
    CHECK(descriptors_after(10) == before);
  }
}

TEST_CASE("sasl plugin: one connection, replaced when it is lost", "[abi][sasl]") {
  Setup setup;
  const SaslHost host(setup.scratch, setup.configuration());
  CHECK(setup.authd->connections() == 0);  // smtpd connects when it is needed, after its chroot

  const Login good{"CRAM-MD5", "clear@d.test", kGood};
  for (int i = 0; i < 5; ++i) {
    CHECK(host.log_in(good) == SASL_OK);
  }
  CHECK(setup.authd->connections() == 1);

  SECTION("authd closed it as idle") {
    setup.authd->drop_connections();
    CHECK(host.log_in(good) == SASL_OK);
    CHECK(setup.authd->connections() == 2);
  }
  SECTION("authd restarted") {
    setup.authd.reset();
    setup.start_authd();
    CHECK(host.log_in(good) == SASL_OK);
    CHECK(host.log_in(good) == SASL_OK);
    CHECK(setup.authd->connections() == 1);
  }
  SECTION("a question that kills each connection is asked twice, not for ever") {
    const auto before = setup.authd->questions().size();
    CHECK(host.log_in({"CRAM-MD5", "hang_up@d.test", kGood}) == SASL_UNAVAIL);
    CHECK(setup.authd->questions().size() == before + 2);
  }
  SECTION("one that was late is not used again") {
    CHECK(host.log_in({"CRAM-MD5", "silent@d.test", kGood}) == SASL_UNAVAIL);
    CHECK(host.log_in(good) == SASL_OK);
    CHECK(setup.authd->connections() == 2);
  }
  SECTION("a forked child has its own") {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(host.log_in(good) == SASL_OK ? 0 : 1);
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK(setup.authd->connections() == 2);
    CHECK(host.log_in(good) == SASL_OK);
    CHECK(setup.authd->connections() == 2);
  }
}

TEST_CASE("sasl plugin: the deadline covers connecting", "[abi][sasl]") {
  Setup setup;
  setup.authd.reset();
  const SaslHost host(setup.scratch, setup.configuration());

  // A server that hangs: nobody accepts, and the queue of connections is full.
  std::vector<int> sockets{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  setup.scratch.path("auth").copy(address.sun_path, sizeof address.sun_path - 1);
  const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
  REQUIRE(::bind(sockets[0], generic, sizeof address) == 0);
  REQUIRE(::listen(sockets[0], 1) == 0);
  do {
    sockets.push_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  } while (::connect(sockets.back(), generic, sizeof address) == 0);

  CHECK(host.log_in({"CRAM-MD5", "clear@d.test", kGood}) == SASL_UNAVAIL);
  CHECK(contains(SaslHost::take_log(), "can't connect to extmail-authd"));
  for (const int fd : sockets) {
    ::close(fd);
  }
}

TEST_CASE("sasl plugin: threads get their own answers", "[abi][sasl]") {
  const Setup setup;
  const SaslHost host(setup.scratch, setup.configuration());
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  threads.reserve(8);
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const bool is_known = i % 2 == 0;
      const Login login{"CRAM-MD5", is_known ? "clear@d.test" : "nobody@d.test", kGood};
      for (int round = 0; round < 50; ++round) {
        if (host.log_in(login) != (is_known ? SASL_OK : SASL_NOUSER)) ++wrong;
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  CHECK(wrong == 0);
}

TEST_CASE("sasl plugin: what authd is told", "[abi][sasl]") {
  struct Row {
    std::string user;
    std::string realm;
    std::string asked;
  };
  const std::vector<Row> rows{{"clear@d.test", "", "clear@d.test"},
                              {"clear@d.test", "other.test", "clear@d.test"},
                              {"clear", "d.test", "clear@d.test"},
                              {"clear", "", "clear"},
                              {"CLEAR@D.test", "", "CLEAR@D.test"},
                              {"a'; drop table mailbox; --@d.test", "", "a'; drop table mailbox; --@d.test"}};
  const Setup setup;
  const SaslHost host(setup.scratch, setup.configuration());
  for (const auto& row : rows) {
    INFO(row.user << " in " << row.realm);
    (void)host.log_in({"CRAM-MD5", row.user, kGood, row.realm});
    const auto question = setup.authd->questions().back();
    CHECK(question.user == row.asked);
    CHECK(question.service == "smtp");
    CHECK(question.remote == "192.0.2.7");
    CHECK(question.host == "cyrus-sasl");
  }
}

TEST_CASE("sasl plugin: authd is told where it will be asked about the password too", "[abi][sasl]") {
  struct Row {
    const char* methods;
    const char* mechanism;
    bool verifies_next;
  };
  const std::vector<Row> rows{
      {"auxprop saslauthd", "PLAIN", true},
      {"auxprop saslauthd", "LOGIN", true},
      {"auxprop  SASLauthd", "PLAIN", true},
      {"auxprop authdaemond saslauthd", "PLAIN", true},
      {"auxprop saslauthd", "CRAM-MD5", false},
      {"auxprop saslauthd", "SCRAM-SHA-256", false},
      {"auxprop", "PLAIN", false},
      {"auxprop authdaemond", "PLAIN", false},
      {"saslauthd auxprop", "PLAIN", false},
  };
  const Setup setup;
  for (const auto& row : rows) {
    INFO(row.methods << " " << row.mechanism);
    const std::string whole = setup.configuration();
    const SaslHost host(setup.scratch,
                        "pwcheck_method: " + std::string(row.methods) + whole.substr(whole.find('\n')));
    CHECK(host.log_in({row.mechanism, "clear@d.test", kGood}) == SASL_OK);
    CHECK(setup.authd->questions().back().verifies_next == row.verifies_next);
  }
}

TEST_CASE("sasl plugin: properties of whom one acts as", "[abi][sasl]") {
  const Setup setup;
  const SaslHost host(setup.scratch, setup.configuration());
  const std::vector<const char*> properties{SASL_AUX_PASSWORD_PROP};

  CHECK(host.log_in({"PLAIN", "clear@d.test", kGood, "", "nobody@d.test", properties}) == SASL_OK);
  CHECK(setup.authd->questions().back().user == "nobody@d.test");
  CHECK_FALSE(setup.authd->questions().back().verifies_next);
  CHECK(host.log_in({"PLAIN", "clear@d.test", kGood, "", "temporary@d.test", properties}) == SASL_UNAVAIL);

  // Known to saslauthd alone.
  CHECK(host.log_in({"PLAIN", "elsewhere@d.test", kGood, "", "", properties}) == SASL_OK);
}

TEST_CASE("sasl plugin: a wrong option is named, and fails for the time being", "[abi][sasl]") {
  const Setup setup;
  const std::string socket = "extmail_socket: " + setup.scratch.path("auth") + "\n";
  const std::vector<std::pair<std::string, std::string>> rows{
      {"extmail_socket: /" + std::string(200, 's') + "\n", "extmail_socket must be"},
      {socket + "extmail_timeout: soon\n", "extmail_timeout must be 1 to 55 seconds, not \"soon\""},
      {socket + "extmail_timeout: 0\n", "extmail_timeout must be"},
      {socket + "extmail_timeout: -1\n", "extmail_timeout must be"},
      {socket + "extmail_timeout: 56\n", "extmail_timeout must be"},
      {socket + "extmail_timeout: 10s\n", "extmail_timeout must be"},
      {socket + "extmail_timeout: 99999999999999999999\n", "extmail_timeout must be"},
  };
  for (const auto& [options, message] : rows) {
    INFO(options);
    const SaslHost host(setup.scratch, options + "pwcheck_method: auxprop\nauxprop_plugin: extmail\n");
    CHECK(host.log_in({"CRAM-MD5", "clear@d.test", kGood}) == SASL_UNAVAIL);
    CHECK(contains(SaslHost::take_log(), message));
    CHECK(host.log_in({"PLAIN", "clear@d.test", kGood}) == SASL_UNAVAIL);
  }

  const SaslHost host(setup.scratch, "extmail_timeout: 0\n" + setup.configuration());
  CHECK(host.log_in({"PLAIN", "hash@d.test", kGood}) == SASL_OK);  // needs saslauthd only
}

TEST_CASE("sasl plugin: a program that did not choose it is left alone", "[abi][sasl]") {
  const Setup setup;
  const SaslHost host(setup.scratch,
                      "pwcheck_method: saslauthd\nsaslauthd_path: " + setup.scratch.path("mux") + "\n");
  CHECK(host.log_in({"PLAIN", "hash@d.test", kGood}) == SASL_OK);
  CHECK(host.log_in({"CRAM-MD5", "clear@d.test", kGood}) == SASL_NOMECH);  // what no plugin at all gives
  CHECK(setup.authd->connections() == 0);
  CHECK_FALSE(contains(SaslHost::take_log(), "extmail"));
}

TEST_CASE("sasl plugin: exports its entry point and nothing else", "[abi][sasl]") {
  // NOLINTNEXTLINE(cert-env33-c): a fixed command
  const std::unique_ptr<FILE, int (*)(FILE*)> nm(::popen("nm -D --defined-only " EXTMAIL_SASL_PLUGIN, "r"),
                                                 ::pclose);
  REQUIRE(nm != nullptr);
  std::string symbols;
  for (int c = std::fgetc(nm.get()); c != EOF; c = std::fgetc(nm.get())) {
    symbols.push_back(static_cast<char>(c));
  }
  CHECK(contains(symbols, " T sasl_auxprop_plug_init\n"));
  CHECK(std::count(symbols.begin(), symbols.end(), '\n') == 1);
}
