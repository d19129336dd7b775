// SPDX-License-Identifier: MIT
#include "core/password/crypt_cost.hpp"

#include "core/password.hpp"
#include "support/catch.hpp"

using namespace extmail;
using password::is_cheap;
using password::is_too_costly;

TEST_CASE("Hashes as programs make them are worth checking") {
  for (const char* hash :
       {"$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C0", "$5$extmail1$x", "$6$rounds=656000$extmail1$x", "$2y$05$x",
        "$2b$14$x", "$y$j9T$salt$x", "$y$j75$salt$x", "$y$jDT$salt$x", "$gy$j9T$salt$x",
        "$7$CU..../....salt$x", "$sha1$480000$salt$x", "$md5,rounds=5000$salt$x", "ab3HGtUt7pXvc",
        "_J9..rasmBYk8r9AiWNc"}) {
    INFO(hash);
    CHECK_FALSE(is_too_costly(hash));
  }
}

TEST_CASE("Hashes that would stop everybody's logins are not") {
  for (const char* hash :
       {"$5$rounds=30000000$s$x", "$6$rounds=999999999$s$x", "$6$rounds=99999999999999999999999$s$x",
        "$2y$15$x", "$2y$31$x", "$y$jET$salt$x", "$y$jzT$salt$x", "$y$j9z$salt$x", "$y$j9T5$salt$x", "$y$",
        "$7$zU..../....s$x", "$7$CU..../z...s$x", "$7$", "$sha1$99999999$s$x", "$md5,rounds=99999999$s$x",
        "_zzzzrasmBYk8r9AiWNc", "_"}) {
    INFO(hash);
    CHECK(is_too_costly(hash));
    CHECK(check_password("extmail", std::string("{CRYPT}") + hash) == PasswordCheck::Unusable);
  }
}

TEST_CASE("A hash is cheap that takes less work than a new one, or is of an old kind") {
  for (const char* hash :
       {"ab3HGtUt7pXvc", "_J9..rasmBYk8r9AiWNc", "$1$salt$x", "$3$$x", "$md5,rounds=5000$salt$x", "$5$salt$x",
        "$6$salt$x", "$6$rounds=99999$salt$x", "$2y$09$x", "$2a$04$x", "$y$j75$salt$x", "$y$j8T$salt$x",
        "$y$j9S$salt$x", "$7$9U..../....salt$x", "$sha1$149999$salt$x"}) {
    INFO(hash);
    CHECK(is_cheap(hash));
  }
  for (const char* hash :
       {"$5$rounds=100000$salt$x", "$6$rounds=100000$salt$x", "$2y$10$x", "$2b$14$x", "$y$j9T$salt$x",
        "$y$jAF$salt$x", "$gy$jDT$salt$x", "$7$AU..../....salt$x", "$sha1$150000$salt$x",
        // no hashes, or too costly
        "", "*LK*", "!", "extmail", "_", "$6$rounds=1000001$salt$x", "$y$jGT$salt$x", "$y$"}) {
    INFO(hash);
    CHECK_FALSE(is_cheap(hash));
  }
}
