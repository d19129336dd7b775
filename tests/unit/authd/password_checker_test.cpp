// SPDX-License-Identifier: MIT
#include "authd/password_checker.hpp"

#include "support/catch.hpp"
#include "unit/authd/login_world.hpp"

#include <memory>
#include <string>
#include <utility>

using namespace extmail;
using authd::PasswordChecker;
using authd::VerifiedPasswords;
using tests::account;
using tests::kGuideHash;

namespace {

/// Own password `extmail`; app passwords slow, quick, slow: `extmail` by crypt(3), `quick`, and `extmail` again.
AccountRecord account_with_apps() {
  AccountRecord record = account("alice@test.com", "{PLAIN}own");
  LoginSecrets secrets;
  secrets.password = Secret("{PLAIN}own");
  secrets.app_passwords.push_back({"first", Secret("$1$aaaaaaaa$T6OmWW5b8auyOo..V5wuG."), "", "", ""});
  secrets.app_passwords.push_back({"quick", Secret("{PLAIN}quick"), "", "", ""});
  secrets.app_passwords.push_back({"last", Secret(kGuideHash), "", "", ""});
  record.secrets = std::make_shared<LoginSecrets>(std::move(secrets));
  return record;
}

}  // namespace

TEST_CASE("App passwords are checked until the time is over") {
  VerifiedPasswords memory;
  const PasswordChecker checker(memory, "CRYPT");
  const AccountRecord record = account_with_apps();
  int asked = 0;
  const auto late_after = [&](int hashes) {
    asked = 0;
    return [&asked, hashes] { return ++asked > hashes; };
  };

  auto verdict = checker.check_rest(PasswordCheck::Mismatch, "extmail", record, late_after(1));
  CHECK(verdict.is_late);
  CHECK(verdict.check == PasswordCheck::Mismatch);
  CHECK(asked == 2);
  // What is quick needs no time.
  verdict = checker.check_rest(PasswordCheck::Mismatch, "quick", record, late_after(1));
  CHECK_FALSE(verdict.is_late);
  REQUIRE(verdict.app != nullptr);
  CHECK(verdict.app->name == "quick");

  verdict = checker.check_rest(PasswordCheck::Mismatch, "extmail", record, late_after(2));
  CHECK_FALSE(verdict.is_late);
  CHECK(verdict.check == PasswordCheck::Match);
  REQUIRE(verdict.app != nullptr);
  CHECK(verdict.app->name == "last");
}

TEST_CASE("The own password that was right needs no app password") {
  VerifiedPasswords memory;
  const PasswordChecker checker(memory, "CRYPT");
  const AccountRecord record = account_with_apps();
  const auto verdict = checker.check_rest(PasswordCheck::Match, "own", record, [] { return true; });
  CHECK(verdict.check == PasswordCheck::Match);
  CHECK(verdict.app == nullptr);
  CHECK(verdict.is_new);
  CHECK(checker.at_once("own", record).value().is_new == false);
}

TEST_CASE("With another default scheme a password has to be verified anew") {
  VerifiedPasswords memory;
  const AccountRecord record = account("alice@test.com", "extmail");
  CHECK(PasswordChecker(memory, "PLAIN").at_once("extmail", record).value().check == PasswordCheck::Match);
  CHECK(PasswordChecker(memory, "SHA256").at_once("extmail", record).value().check ==
        PasswordCheck::Unusable);
}
