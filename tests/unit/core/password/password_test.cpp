// SPDX-License-Identifier: MIT
#include "core/password.hpp"

#include "core/password/argon2.hpp"
#include "core/password/rounds.hpp"
#include "core/password/scheme.hpp"
#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace extmail;

namespace {

std::string joined(const std::vector<std::string>& fields) {
  std::string text;
  for (const auto& field : fields)
    text.append(text.empty() ? "" : ",").append(field);
  return text;
}

}  // namespace

TEST_CASE("A damaged or unknown hash is no wrong password") {
  for (const std::string stored :
       {"", "extmail", "$", "$1$", "$1$phz1mRrj", "$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C", "$99$salt$hash",
        "{CRYPT}", "{CRYPT}*", "{CRYPT}!", "{PLAIN}", "{ROT13}rkgznvy", "{CRYPT", "*LK*", "{}extmail",
        "{.HEX}00",
        // digests: too short, too long, not of their alphabet, not canonical
        "{SHA}damqJL3RbmjHM1zU90hQZCDLJh8A",
        "{SHA}damqJL3RbmjHM1zU90hQZCDLJg==", "{SHA}damqJL3RbmjHM1zU90hQZCDLJh9=", "{SHA}",
        "{SHA256}OTfbCPlBsxgDLDZ066bZkg==", "{PLAIN-MD5}3937db08f941b318032c3674eba6d99g",
        "{PLAIN-MD5}3937db08f941b318032c3674eba6d9",
        "{MD5}OTfbCPlBsxgDLDZ066bZkg=", "{MD5} OTfbCPlBsxgDLDZ066bZkg==",
        // a salted one without salt
        "{SSHA}damqJL3RbmjHM1zU90hQZCDLJh8=", "{SMD5}OTfbCPlBsxgDLDZ066bZkg==",
        // suffixes: unknown, or not what the value is
        "{SHA.}damqJL3RbmjHM1zU90hQZCDLJh8=", "{SHA.B32}damqJL3RbmjHM1zU90hQZCDLJh8=", "{PLAIN.HEX}extmail",
        "{SHA.HEX}damqJL3RbmjHM1zU90hQZCDLJh8=", "{PLAIN.B64}", "{SHA.HEX.B64}00", "{CRYPT.HEX}2",
        // PBKDF2
        "{PBKDF2}$1$salt$5000", "{PBKDF2}$1$salt$5000$",
        "{PBKDF2}$2$salt$5000$2bca47f6e332f89dd15f68ea26701ca44f7fb436",
        "{PBKDF2}$1$salt$-1$2bca47f6e332f89dd15f68ea26701ca44f7fb436", "{PBKDF2}$1$salt", "{PBKDF2}$1$",
        "{PBKDF2}$1$salt$0$2bca47f6e332f89dd15f68ea26701ca44f7fb436",
        "{PBKDF2}$1$salt$5000x$2bca47f6e332f89dd15f68ea26701ca44f7fb436",
        // CRAM-MD5 and DIGEST-MD5: too short, and not of the password alone
        "{CRAM-MD5}efaacfa472cb182480bcc4819ae44335", "{DIGEST-MD5}3212753b1bea4ebd04031b1283c4ee65",
        // Argon2: what crypt(3) does not have, a kind and a version that libsodium does not, and damaged ones
        "{CRYPT}$argon2i$v=19$m=4096,t=3,p=2$c2FsdHNhbHRzYWx0$AfLcCeFitjDXHLcDj50YNpo1AOzeZN5T",
        "$argon2d$v=19$m=4096,t=3,p=2$c2FsdHNhbHRzYWx0$KleXyq2/1HMX0yZvJfG5vKIexuqkn5CH",
        "$argon2id$v=16$m=4096,t=3,p=1$c2FsdHNhbHRzYWx0$zm7scyF6CopkY0p8TpzMjgzl+jHRjM1ODARy8OvwjRQ",
        "{ARGON2I}$argon2i$v=19$m=4096,t=3,p=2$c2FsdHNhbHRzYWx0$", "{ARGON2I}argon2i",
        "{ARGON2I}$argon2i$v=19$m=4096,t=3,p=2$c2FsdHNhbHRzYWx0$AfLcCeFitjDXHLcDj50YNpo1AOzeZN5T$",
        "{ARGON2I}$argon2i$v=19$t=3,m=4096,p=2$c2FsdHNhbHRzYWx0$AfLcCeFitjDXHLcDj50YNpo1AOzeZN5T"}) {
    INFO(stored);
    CHECK(check_password("extmail", stored) == PasswordCheck::Unusable);
  }
  CHECK(check_password("extmail", std::string("$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C0\0", 35)) ==
        PasswordCheck::Unusable);
  CHECK(check_password("extmail", "{PLAIN}" + std::string(password::kMaxStoredBytes, 'x')) ==
        PasswordCheck::Unusable);
}

TEST_CASE("A verifier of SCRAM has four fields, enough rounds, and keys that are of one password") {
  const std::string salt = "PC+bxPS6PB3OEDCx2MbJWQ==";
  const std::string stored_key = "dttEq//oMAqbQ8trbckH4ey0xfo=";
  const std::string server_key = "WiHKHPDR9SnAJuWB4ykEhXtmx84=";
  REQUIRE(check_password("extmail", joined({"{SCRAM-SHA-1}4096", salt, stored_key, server_key})) ==
          PasswordCheck::Match);
  for (const std::vector<std::string>& fields : std::vector<std::vector<std::string>>{
           {"{SCRAM-SHA-1}4096"},
           {"{SCRAM-SHA-1}4096", salt, stored_key},
           {"{SCRAM-SHA-1}4096", salt, stored_key, ""},
           {"{SCRAM-SHA-1}4096", salt, stored_key, server_key, ""},
           {"{SCRAM-SHA-1}4095", salt, stored_key, server_key},
           {"{SCRAM-SHA-1}4096 ", salt, stored_key, server_key},
           {"{SCRAM-SHA-1}", salt, stored_key, server_key},
           {"{SCRAM-SHA-256}4096", salt, stored_key, server_key},
           {"{SCRAM-SHA-1}4096", "pepper!!", stored_key, server_key},
           {"{SCRAM-SHA-1}4096", salt, "dttEq", server_key},
           // without the padding that Dovecot asks for
           {"{SCRAM-SHA-1}4096", salt, stored_key, "WiHKHPDR9SnAJuWB4ykEhXtmx84"},
           // one key is of the password, the other is not
           {"{SCRAM-SHA-1}4096", salt, stored_key, "AiHKHPDR9SnAJuWB4ykEhXtmx84="},
           {"{SCRAM-SHA-1}4096", salt, "AttEq//oMAqbQ8trbckH4ey0xfo=", server_key}}) {
    const std::string stored = joined(fields);
    INFO(stored);
    CHECK(check_password("extmail", stored) == PasswordCheck::Unusable);
  }
}

TEST_CASE("What would stop everybody's logins is not computed") {
  const std::string key = "$2bca47f6e332f89dd15f68ea26701ca44f7fb436";
  const std::string argon2 = ",p=1$f7cSOjCkjwM/y0oD0z3hUw$z9KscLm1T2CzZ8z1lxIgYJXeYqmhGJY9OFJ7Em8EeJE";
  const std::string scram =
      ",IB/TB0Nk4UGjhvOhKAA/9g==,dttEq//oMAqbQ8trbckH4ey0xfo=,WiHKHPDR9SnAJuWB4ykEhXtmx84=";
  for (const std::string& stored :
       {"{PBKDF2}$1$salt$" + std::to_string(password::kMaxRounds + 1) + key,
        "{PBKDF2}$1$salt$99999999999999999999" + key,
        "{SCRAM-SHA-1}" + std::to_string(password::kMaxRounds + 1) + scram, "{SCRAM-SHA-1}4294971392" + scram,
        "{ARGON2ID}$argon2id$v=19$m=" + std::to_string(password::kMaxArgon2Kib + 1) + ",t=1" + argon2,
        "{ARGON2ID}$argon2id$v=19$m=" + std::to_string(password::kMaxArgon2Kib) + ",t=5" + argon2,
        "$argon2id$v=19$m=8,t=" + std::to_string(password::kMaxArgon2Work) + argon2,
        "$argon2id$v=19$m=4294967297,t=4294967297" + argon2,
        "$argon2id$v=19$m=99999999999999999999,t=1" + argon2}) {
    INFO(stored);
    CHECK(check_password("extmail", stored) == PasswordCheck::Unusable);
    CHECK_FALSE(challenge_scheme(stored));
  }
}

TEST_CASE("A zero byte is like any other for a digest") {
  const std::string zero("ext\0mail", 8);
  // Python: hashlib.sha1(b"ext\0mail")
  CHECK(check_password(zero, "{SHA}a924e39cb3cd3a844b346d8486ce563852e5159d") == PasswordCheck::Match);
  CHECK(check_password("ext", "{SHA}a924e39cb3cd3a844b346d8486ce563852e5159d") == PasswordCheck::Mismatch);
  CHECK(check_password(zero, "{PLAIN.HEX}657874006d61696c") == PasswordCheck::Match);
  CHECK(check_password("ext", "{PLAIN.HEX}657874006d61696c") == PasswordCheck::Mismatch);
}

TEST_CASE("A value that names no scheme is of the default scheme") {
  CHECK(check_password("extmail", "extmail", "PLAIN") == PasswordCheck::Match);
  CHECK(check_password("extmail", "Extmail", "PLAIN") == PasswordCheck::Mismatch);
  CHECK(check_password("{extmail", "{extmail", "cleartext") == PasswordCheck::Match);
  CHECK(check_password("extmail", "3937db08f941b318032c3674eba6d992", "PLAIN-MD5") == PasswordCheck::Match);
  CHECK(check_password("extmail", "OTfbCPlBsxgDLDZ066bZkg==", "MD5") == PasswordCheck::Match);
  CHECK(check_password("extmail", "RdpQYFoYOvUXwEohAmq3jhzxLPVzYWx0", "ssha") == PasswordCheck::Match);
  CHECK(check_password("extmail", "a38a0807a4ae735ebd27a3bf798e3452a2344eb4ad4f7093", "SSHA.HEX") ==
        PasswordCheck::Match);
  CHECK(check_password("extmail", "$1$saltsalt$4321$7098a3558ab9ddd9c8183f78d5a290ee0f3b751d", "PBKDF2") ==
        PasswordCheck::Match);
  CHECK(check_password("extmail", "H4nn.zyDTrtKA", "DES-CRYPT") == PasswordCheck::Match);
  CHECK(check_password("extmail", "3937db08f941b318032c3674eba6d992") == PasswordCheck::Unusable);
  CHECK(check_password("extmail", "extmail", "ROT13") == PasswordCheck::Unusable);
  CHECK(check_password("extmail", "", "PLAIN") == PasswordCheck::Unusable);
  // One that names its scheme is of that.
  CHECK(check_password("extmail", "{SHA}damqJL3RbmjHM1zU90hQZCDLJh8=", "PLAIN") == PasswordCheck::Match);
  CHECK(check_password("{ROT13}extmail", "{ROT13}extmail", "PLAIN") == PasswordCheck::Unusable);
}

TEST_CASE("Who has read a hash can't log in with it, whatever the default scheme") {
  for (const char* hash :
       {"$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C0", "$2y$05$vJJKaLlGkI4T.sulP8Lp..QrlhtqCAMjysKjIj9z28cDjucDKY5Fa",
        "$y$j75$NvZu2nFm.wJ32IORcIZ5a.$6ciL00s/qE0N2BYYExWT6uOA0ARyoQQWqjJ2CImeGY2",
        "$gy$j75$Gt3wj1ojLOXXUgeLpUicg/$VwLvdCtCjsiQJkXsXjpmrccsYuYL3nCtuggktwLIn/C",
        "$argon2i$v=19$m=4096,t=3,p=2$c2FsdHNhbHRzYWx0$AfLcCeFitjDXHLcDj50YNpo1AOzeZN5T"}) {
    for (const char* usual : {"PLAIN", "SSHA", "MD5", "ROT13"}) {
      INFO(hash << ' ' << usual);
      CHECK(check_password("extmail", hash, usual) == PasswordCheck::Match);
      CHECK(check_password(hash, hash, usual) == PasswordCheck::Mismatch);
      CHECK(clear_text(hash, usual).empty());
    }
  }
}

TEST_CASE("Clear text is given out only where it is stored") {
  CHECK(clear_text("{PLAIN}secret").view() == "secret");
  CHECK(clear_text("{CLEAR}secret").view() == "secret");
  CHECK(clear_text("{cleartext}secret").view() == "secret");
  CHECK(clear_text("{PLAIN.B64}ZXh0bWFpbA==").view() == "extmail");
  CHECK(clear_text("{CLEAR.hex}6578746d61696c").view() == "extmail");
  CHECK(clear_text("secret", "PLAIN").view() == "secret");
  CHECK(clear_text("{PLAIN.B64}secret!").empty());
  CHECK(clear_text("{PLAIN}").empty());
  CHECK(clear_text("$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C0").empty());
  CHECK(clear_text("secret").empty());
  CHECK(clear_text("{SHA}damqJL3RbmjHM1zU90hQZCDLJh8=", "PLAIN").empty());
}

TEST_CASE("A host is told of a challenge only where the value serves it") {
  CHECK(challenge_scheme("{DIGEST-MD5}3212753b1bea4ebd04031b1283c4ee65") == "DIGEST-MD5");
  CHECK(challenge_scheme("{digest-md5.b64}MhJ1OxvqTr0EAxsSg8TuZQ==") == "DIGEST-MD5");
  CHECK_FALSE(challenge_scheme("{DIGEST-MD5}3212753b"));
  CHECK_FALSE(challenge_scheme("{SCRAM-SHA-256}4096,extmail"));
  CHECK_FALSE(challenge_scheme("{CRAM-MD5}extmail"));
  CHECK_FALSE(challenge_scheme("{PLAIN}extmail"));
  CHECK_FALSE(challenge_scheme("$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C0"));
  CHECK_FALSE(challenge_scheme(""));
}

TEST_CASE("Schemes are known by name, in either case, with their suffixes") {
  for (const char* name :
       {"CRYPT", "crypt", "Plain", "SHA512.HEX", "ssha.b64", "SSHA.BASE64", "DIGEST-MD5", "MD5CRYPT"})
    CHECK(is_known_scheme(name));
  for (const char* name :
       {"", "ROT13", "{CRYPT}", "CRYPT ", "SHA512.", "SHA512.HEX.HEX", ".HEX", "PLAIN-TRUNC", "OTP"})
    CHECK_FALSE(is_known_scheme(name));
}

TEST_CASE("A decoy is like the last hash that somebody had") {
  DecoyHash decoy;
  CHECK_FALSE(decoy.is_quick());
  decoy.resemble("{SSHA}RdpQYFoYOvUXwEohAmq3jhzxLPVzYWx0");
  CHECK(decoy.is_quick());
  decoy.resemble("$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C0", "PLAIN");
  CHECK_FALSE(decoy.is_quick());
  decoy.resemble("extmail", "PLAIN");
  CHECK(decoy.is_quick());
  decoy.resemble("{ARGON2I}$argon2i$v=19$m=4096,t=3,p=2$c2FsdHNhbHRzYWx0$AfLcCeFitjDXHLcDj50YNpo1AOzeZN5T");
  CHECK_FALSE(decoy.is_quick());
  decoy.resemble("a38a0807a4ae735ebd27a3bf798e3452a2344eb4ad4f7093", "SSHA.HEX");
  CHECK(decoy.is_quick());
  decoy.resemble("$1$saltsalt$4321$7098a3558ab9ddd9c8183f78d5a290ee0f3b751d", "PBKDF2");
  CHECK_FALSE(decoy.is_quick());
  // Nothing to resemble: it stays slow, or quick.
  for (const char* unusable : {"", "extmail", "{SHA}short", "{DIGEST-MD5}3212753b1bea4ebd04031b1283c4ee65"})
    decoy.resemble(unusable);
  CHECK_FALSE(decoy.is_quick());
  decoy.resemble("{SHA}damqJL3RbmjHM1zU90hQZCDLJh8=");
  for (const char* unusable : {"$6$rounds=999999999$s$x", "$argon2id$v=19$m=4194304,t=9,p=1$c2FsdHNhbHQ$yjI1",
                               "{PBKDF2}$1$salt$99999999$00", "{SCRAM-SHA-1}4096,a"})
    decoy.resemble(unusable);
  CHECK(decoy.is_quick());
  CHECK(decoy.hash().view() == "{SHA}damqJL3RbmjHM1zU90hQZCDLJh8=");
}
