// SPDX-License-Identifier: MIT
#include "ctl/new_password.hpp"

#include "core/password.hpp"
#include "ctl/password_strength.hpp"
#include "ctl/problem.hpp"
#include "support/catch.hpp"

#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

using namespace extmail;
using namespace extmail::ctl;

namespace {

NewPassword taken(std::vector<std::string> words) {
  CLI::App app;
  NewPassword password;
  password.add_options(app, "--stdin");
  app.parse(std::move(words));
  password.take("joe");
  return password;
}

}  // namespace

TEST_CASE("What ExtMail can check, it checks by its name") {
  struct Case {
    std::string stored;
    bool can;
  };
  const auto& [stored, can] = GENERATE(values<Case>({
      {"$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C0", true},
      {"{CRYPT}$6$salt$hash", true},
      {"{crypt}$y$salt$hash", true},
      {"{MD5}x", true},
      {"{PLAIN-MD5}x", true},
      {"{SHA}x", true},
      {"{PLAIN}x", true},
      {"{SHA512}x", false},
      {"{SSHA}x", false},
      {"{ARGON2ID}x", false},
      {"$6$salt$hash", false},
      {"$2y$05$x", false},
      {"", false},
      {"{CRYPT", false},
  }));
  CAPTURE(stored);
  CHECK(extmail_can_check(stored) == can);
}

TEST_CASE("A generated password is told, and is the one that was hashed") {
  const auto password = taken({"--generate"});
  std::ostringstream told;
  password.tell(told);
  const std::string line = told.str();
  REQUIRE(line.starts_with("password: "));
  const std::string text = line.substr(10, line.size() - 11);
  CHECK(password.hash().view().starts_with("{CRYPT}$6$"));
  CHECK(check_password(text, password.hash().view()) == PasswordCheck::Match);
}

TEST_CASE("A hash is taken as it is, and not told") {
  const auto password = taken({"$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C0", "--hash"});
  std::ostringstream told;
  password.tell(told);
  CHECK(password.hash().view() == "$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C0");
  CHECK(told.str().empty());
}

TEST_CASE("A hash that nobody knows is refused, with --force, too") {
  CHECK_THROWS_AS(taken({"nothing", "--hash"}), Misuse);
  CHECK_THROWS_AS(taken({"--force", "nothing", "--hash"}), Misuse);
  CHECK_THROWS_AS(taken({std::string("{PLAIN}") + std::string(255, 'x'), "--hash"}), Misuse);
}

TEST_CASE("A hash that ExtMail can't check needs --force") {
  const std::string ssha = "{SSHA}+pSFD4dQcsxRgJ0VTeXGmVRqKP4xMjM0";
  CHECK_THROWS_AS(taken({ssha, "--hash"}), Refused);
  CHECK(taken({"--force", ssha, "--hash"}).hash().view() == ssha);
}

TEST_CASE("Weak passwords are told from others, the user's own name from a word") {
  const PasswordStrength strength;
  CHECK(strength.weakness(Secret("short"), "joe"));
  CHECK(strength.weakness(Secret("aaaaaaaaaaaaaa"), "joe"));
  CHECK(strength.weakness(Secret("joesmith2"), "joesmith2"));
  CHECK_FALSE(strength.weakness(Secret("Tq8#vLw2!xPz"), "joe"));
}

TEST_CASE("Generated passwords are strong, and each is another one") {
  const PasswordStrength strength;
  std::set<std::string> seen;
  constexpr int kMany = 2000;  // the library begins one in a hundred with a -
  for (int i = 0; i < kMany; ++i) {
    const Secret password = strength.generate();
    CHECK(password.view().size() >= 12);
    CHECK_FALSE(password.view().starts_with('-'));
    CHECK(seen.emplace(password.view()).second);
  }
}
