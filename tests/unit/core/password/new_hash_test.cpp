// SPDX-License-Identifier: MIT
#include "core/password.hpp"
#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace extmail;

namespace {

constexpr NewHash kKinds[]{NewHash::Sha512Crypt, NewHash::Bcrypt, NewHash::Yescrypt};

}  // namespace

TEST_CASE("New hashes are of the kind asked for, and match their password only") {
  const auto sha512 = hash_password("extmail", NewHash::Sha512Crypt);
  const auto bcrypt = hash_password("extmail", NewHash::Bcrypt);
  const auto yescrypt = hash_password("extmail", NewHash::Yescrypt);
  REQUIRE(sha512);
  REQUIRE(bcrypt);
  REQUIRE(yescrypt);
  CHECK(sha512->view().substr(0, 24) == "{CRYPT}$6$rounds=100000$");
  CHECK(bcrypt->view().substr(0, 14) == "{CRYPT}$2y$10$");
  CHECK(yescrypt->view().substr(0, 14) == "{CRYPT}$y$j9T$");
  for (const Secret* hash : {&*sha512, &*bcrypt, &*yescrypt}) {
    CHECK(check_password("extmail", hash->view()) == PasswordCheck::Match);
    CHECK(check_password("Extmail", hash->view()) == PasswordCheck::Mismatch);
    CHECK_FALSE(is_weak(hash->view()));
    CHECK_FALSE(is_quick(hash->view()));
  }
}

TEST_CASE("Each new hash has salt of its own") {
  for (const NewHash kind : kKinds) {
    const auto one = hash_password("extmail", kind);
    const auto other = hash_password("extmail", kind);
    REQUIRE(one);
    REQUIRE(other);
    CHECK_FALSE(*one == *other);
  }
}

TEST_CASE("No hash is made that would match other passwords too") {
  for (const NewHash kind : kKinds) {
    CHECK_FALSE(hash_password("", kind));
    CHECK_FALSE(hash_password(std::string("ext\0mail", 8), kind));
    CHECK_FALSE(hash_password(std::string(kMaxPasswordBytes + 1, 'x'), kind));
  }
  CHECK_FALSE(hash_password(std::string(kMaxBcryptPasswordBytes + 1, 'x'), NewHash::Bcrypt));
  const std::string longest(kMaxBcryptPasswordBytes, 'x');
  const auto bcrypt = hash_password(longest, NewHash::Bcrypt);
  REQUIRE(bcrypt);
  CHECK(check_password(longest, bcrypt->view()) == PasswordCheck::Match);
  CHECK(check_password(longest.substr(1), bcrypt->view()) == PasswordCheck::Mismatch);
  const std::string longer(kMaxPasswordBytes, 'x');
  const auto sha512 = hash_password(longer, NewHash::Sha512Crypt);
  REQUIRE(sha512);
  CHECK(check_password(longer, sha512->view()) == PasswordCheck::Match);
  CHECK(check_password(longer.substr(1), sha512->view()) == PasswordCheck::Mismatch);
}

TEST_CASE("A password that a hash does not read to its end is ambiguous") {
  constexpr const char* kDes = "abzDJoqKYZJww";  // of eight x, and of every longer row of them
  const std::string eight(8, 'x');
  REQUIRE(check_password(eight, kDes) == PasswordCheck::Match);
  REQUIRE(check_password(eight + "and another tail", kDes) == PasswordCheck::Match);
  struct Row {
    std::string password;
    std::string stored;
    bool is_ambiguous;
  };
  const std::string bcrypt = "$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i";
  const std::string longest(kMaxPasswordBytes, 'x');
  const std::vector<Row> rows{
      {eight, kDes, true},
      {eight + "tail", kDes, true},
      {eight.substr(1), kDes, false},
      {eight, "{CRYPT}abzDJoqKYZJww", true},
      {eight, "{DES-CRYPT}abzDJoqKYZJww", true},
      {longest, "_J9..rasmbfsYJjsz9pc", false},
      {longest.substr(0, 71), "$2y" + bcrypt, false},
      {longest.substr(0, 72), "$2y" + bcrypt, true},
      {longest, "{BLF-CRYPT}$2a" + bcrypt, true},
      {"pa\xc3\x9fwort", "$2a" + bcrypt, false},
      {"pa\xc3\x9fwort", "$2x" + bcrypt, true},
      {"passwort", "$2x" + bcrypt, false},
      {longest, "$1$abc$tufTABrCQ8.VezvhtR4dp.", false},
      {"thirteenchars", "{PLAIN}thirteenchars", false},
      {longest, "{SHA}damqJL3RbmjHM1zU90hQZCDLJh8=", false},
      {longest, "", false},
  };
  for (const auto& row : rows) {
    INFO(row.stored << ' ' << row.password.size());
    CHECK(is_ambiguous(row.password, row.stored) == row.is_ambiguous);
  }
}

TEST_CASE("What can't be used is nothing to replace") {
  for (const char* stored :
       {"", "*LK*", "!", "extmail", "{ROT13}rkgznvy", "{SHA}short", "$6$rounds=999999999$s$x",
        "$y$jzT$salt$x", "{PBKDF2}$1$salt$0$00", "{DIGEST-MD5}3212753b1bea4ebd04031b1283c4ee65"}) {
    INFO(stored);
    CHECK_FALSE(is_weak(stored));
  }
  CHECK(is_weak("extmail", "PLAIN"));
  CHECK(is_weak("damqJL3RbmjHM1zU90hQZCDLJh8=", "SHA"));
}
