// SPDX-License-Identifier: MIT
#include "core/password.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace extmail;

TEST_CASE("Passwords match their hashes, and no others do") {
  // Made by openssl passwd and mkpasswd, not by the code under test.
  const std::vector<const char*> stored{
      "$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C0",
      "{CRYPT}$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C0",
      "{crypt}$5$rounds=1000$extmail1$aDOFG3uXoVaWksiGyp54.oyUGDBgRwFhp3UO1/X7.78",
      "$6$extmail1$vdAi57TbfIHRB62aRL605.le7KZF6HsfF2Yl2UgAn9D2oCWmEBskOswzjUZZble/aM6dIxVpdq8.MhW2YQOpb/",
      "$2y$05$vJJKaLlGkI4T.sulP8Lp..QrlhtqCAMjysKjIj9z28cDjucDKY5Fa",
      "$y$j75$NvZu2nFm.wJ32IORcIZ5a.$6ciL00s/qE0N2BYYExWT6uOA0ARyoQQWqjJ2CImeGY2",
      "{CRYPT}$y$j75$NvZu2nFm.wJ32IORcIZ5a.$6ciL00s/qE0N2BYYExWT6uOA0ARyoQQWqjJ2CImeGY2",
      "{PLAIN}extmail",
      "{CLEARTEXT}extmail",
      "{Plain}extmail",
  };
  for (const char* hash : stored) {
    INFO(hash);
    CHECK(check_password("extmail", hash) == PasswordCheck::Match);
    CHECK(check_password("Extmail", hash) == PasswordCheck::Mismatch);
    CHECK(check_password("", hash) == PasswordCheck::Mismatch);
    CHECK(check_password("extmail ", hash) == PasswordCheck::Mismatch);
    CHECK(check_password(std::string("extmail\0x", 9), hash) == PasswordCheck::Mismatch);
    CHECK(check_password(std::string(kMaxPasswordBytes + 1, 'x'), hash) == PasswordCheck::Mismatch);
  }
}

TEST_CASE("A damaged or unknown hash is no wrong password") {
  for (const std::string stored :
       {"", "extmail", "$", "$1$", "$1$phz1mRrj", "$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C", "$99$salt$hash",
        "{CRYPT}", "{CRYPT}*", "{CRYPT}!", "{PLAIN}", "{ROT13}rkgznvy", "{CRYPT", "*LK*"}) {
    INFO(stored);
    CHECK(check_password("extmail", stored) == PasswordCheck::Unusable);
  }
  CHECK(check_password("extmail", std::string("$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C0\0", 35)) ==
        PasswordCheck::Unusable);
}

TEST_CASE("Clear text is given out only where it is stored") {
  CHECK(clear_text("{PLAIN}secret") == "secret");
  CHECK(clear_text("{cleartext}secret") == "secret");
  CHECK(clear_text("$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C0").empty());
  CHECK(clear_text("secret").empty());
}
