// SPDX-License-Identifier: MIT
#include "vectors.hpp"

#include "core/password.hpp"
#include "support/catch.hpp"

#include <set>

using namespace extmail;
using tests::password_vectors;

TEST_CASE("Passwords match what other programs made of them") {
  for (const auto& vector : password_vectors()) {
    INFO(vector.stored);
    CHECK(check_password(vector.password, vector.stored) == PasswordCheck::Match);
    CHECK(check_password("", vector.stored) == PasswordCheck::Mismatch);
    CHECK(check_password(std::string(kMaxPasswordBytes + 1, 'x'), vector.stored) == PasswordCheck::Mismatch);
  }
}

// Of those that are costly there are others of the same kind.
TEST_CASE("A password is compared from its beginning to its end") {
  for (const auto& vector : password_vectors()) {
    if (vector.speed == tests::Speed::Costly) continue;
    INFO(vector.stored);
    CHECK(check_password("E" + vector.password.substr(1), vector.stored) == PasswordCheck::Mismatch);
    CHECK(check_password(vector.password + ' ', vector.stored) == PasswordCheck::Mismatch);
    CHECK(check_password(vector.password + std::string("\0x", 2), vector.stored) == PasswordCheck::Mismatch);
    CHECK(check_password(vector.password.substr(0, vector.password.size() - 1), vector.stored) ==
          PasswordCheck::Mismatch);
  }
}

TEST_CASE("What others made is weak or not, quick or not, and serves challenges or not") {
  for (const auto& vector : password_vectors()) {
    INFO(vector.stored);
    CHECK(is_weak(vector.stored) == (vector.strength == tests::Strength::Weak));
    CHECK(is_quick(vector.stored) == (vector.speed == tests::Speed::Quick));
    CHECK(challenge_scheme(vector.stored).value_or("") == vector.challenge);
  }
}

TEST_CASE("There is something from elsewhere for every scheme") {
  std::set<std::string> seen;
  for (const auto& vector : password_vectors()) {
    if (vector.stored.front() == '{')
      seen.insert(vector.stored.substr(1, vector.stored.find_first_of(".}") - 1));
  }
  for (const char* scheme :
       {"CRYPT",  "MD5-CRYPT", "SHA256-CRYPT", "SHA512-CRYPT", "BLF-CRYPT",     "DES-CRYPT", "PLAIN",
        "CLEAR",  "CLEARTEXT", "MD5",          "MD5RAW",       "PLAIN-MD5",     "LDAP-MD5",  "SMD5",
        "SHA",    "SHA1",      "SHA256",       "SHA512",       "SSHA",          "SSHA256",   "SSHA512",
        "PBKDF2", "ARGON2I",   "ARGON2ID",     "SCRAM-SHA-1",  "SCRAM-SHA-256", "CRAM-MD5"}) {
    INFO(scheme);
    CHECK(is_known_scheme(scheme));
    CHECK(seen.count(scheme) == 1);
  }
}
