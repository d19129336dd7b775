// SPDX-License-Identifier: MIT
//
// sasl_setpass() of the real libsasl2, with which saslpasswd2 sets passwords, through the built auxprop plugin.
#include "sasl_host.hpp"
#include "sasl_setup.hpp"
#include "support/catch.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <sasl/sasl.h>

namespace {

using extmail::tests::contains;
using extmail::tests::SaslHost;
using extmail::wire::auth::Verb;
using Setup = extmail::tests::SaslSetup;

constexpr std::string_view kNew = "N3w.Sekret";

}  // namespace

TEST_CASE("sasl plugin: what each setting of a password ends with", "[abi][sasl]") {
  struct Row {
    std::string user;
    int result;
    std::string log;  // a part of it; empty: nothing from us
  };
  const std::vector<Row> rows{
      {"clear@d.test", SASL_OK, ""},
      {"hash@d.test", SASL_OK, ""},
      {"nobody@d.test", SASL_NOUSER, ""},
      {"denied@d.test", SASL_NOAUTHZ,
       "extmail: can't set the password of denied@d.test: the mailbox is inactive"},
      {"evil\nlog@d.test", SASL_NOAUTHZ, "can't set the password of evil\\x0alog@d.test: two\\x0alines"},
      {"permanent@d.test", SASL_FAIL, "can't set the password of permanent@d.test: not for you"},
      {"temporary@d.test", SASL_UNAVAIL, "can't set the password of temporary@d.test: no database"},
      {"mismatch@d.test", SASL_UNAVAIL, "can't set the password of mismatch@d.test"},
      {"silent@d.test", SASL_UNAVAIL, "did not answer in time"},
      {"hang_up@d.test", SASL_UNAVAIL, "lost the connection"},
      {"garbage@d.test", SASL_UNAVAIL, "broke the protocol"},
  };
  const Setup setup;
  const SaslHost host(setup.scratch, setup.configuration());
  for (const auto& row : rows) {
    INFO(row.user);
    CHECK(host.set_password(row.user, "", kNew) == row.result);
    const auto question = setup.authd->questions().back();
    CHECK(question.verb == Verb::ChangePassword);
    CHECK(question.user == row.user);
    CHECK(question.new_password == kNew);
    CHECK(question.password.empty());
    CHECK(question.service == "smtp");
    const std::string log = SaslHost::take_log();
    INFO("log: " << log);
    CHECK(contains(log, row.log));
    if (row.log.empty()) CHECK_FALSE(contains(log, "extmail"));
    CHECK_FALSE(contains(log, kNew));
  }
}

TEST_CASE("sasl plugin: whose password is set", "[abi][sasl]") {
  struct Row {
    std::string user;
    std::string realm;
    std::string asked;
  };
  const std::vector<Row> rows{{"clear@d.test", "", "clear@d.test"},
                              {"clear@d.test", "other.test", "clear@d.test"},
                              {"clear", "d.test", "clear@d.test"},
                              {"clear", "", "clear"}};
  const Setup setup;
  const SaslHost host(setup.scratch, setup.configuration());
  for (const auto& row : rows) {
    INFO(row.user << " in " << row.realm);
    CHECK(host.set_password(row.user, row.realm, kNew) == SASL_OK);
    CHECK(setup.authd->questions().back().user == row.asked);
  }
}

TEST_CASE("sasl plugin: passwords that can't be are not asked for", "[abi][sasl]") {
  const Setup setup;
  const SaslHost host(setup.scratch, setup.configuration());
  const std::string longest(511, 'x');
  CHECK(host.set_password("clear@d.test", "", longest) == SASL_OK);
  CHECK(setup.authd->questions().back().new_password == longest);
  CHECK(host.set_password("clear@d.test", "", longest + 'x') == SASL_NOAUTHZ);
  CHECK(contains(SaslHost::take_log(),
                 "can't set the password of clear@d.test: it has to be one of 1 to 511 bytes"));
  CHECK(host.set_password("clear@d.test", "", std::string(100000, 'x')) == SASL_NOAUTHZ);
  CHECK(setup.authd->questions().size() == 1);
}

TEST_CASE("sasl plugin: accounts are not deleted", "[abi][sasl]") {
  const Setup setup;
  const SaslHost host(setup.scratch, setup.configuration());
  CHECK(host.set_password("clear@d.test", "", "", SASL_SET_DISABLE) == SASL_NOAUTHZ);
  CHECK(contains(SaslHost::take_log(),
                 "can't set the password of clear@d.test: accounts are not deleted here"));
  CHECK(setup.authd->questions().empty());
}

TEST_CASE("sasl plugin: secrets of single mechanisms are not stored", "[abi][sasl]") {
  const Setup setup;
  const SaslHost host(setup.scratch, setup.configuration() + "scram_secret_generate: yes\n");
  SECTION("beside the password they do no harm") {
    CHECK(host.set_password("clear@d.test", "", kNew) == SASL_OK);
    CHECK(setup.authd->questions().size() == 1);
  }
  SECTION("alone they are refused") {
    CHECK(host.set_password("clear@d.test", "", kNew, SASL_SET_NOPLAIN) == SASL_CONSTRAINT_VIOLAT);
    CHECK(setup.authd->questions().empty());
  }
}

TEST_CASE("sasl plugin: passwords of a program that did not choose it are none of its business",
          "[abi][sasl]") {
  const Setup setup;
  const SaslHost host(setup.scratch, "pwcheck_method: saslauthd\n");
  CHECK(host.set_password("clear@d.test", "", kNew) == SASL_NOMECH);  // SCRAM's word: nobody could store it
  CHECK_FALSE(contains(SaslHost::take_log(), "extmail"));
  CHECK(setup.authd->connections() == 0);
}
