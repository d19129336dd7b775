// SPDX-License-Identifier: MIT
#include "core/password_group.hpp"

#include "core/password/crypt.hpp"
#include "support/catch.hpp"
#include "support/generator.hpp"

#include <string>

using namespace extmail;
using tests::Generator;

namespace {

struct Vector {
  std::string password;
  std::string stored;
};

/// Every length that a password may have, with salts of every length; by OpenSSL's passwd -1.
const std::vector<Vector>& vectors() {
  static const std::vector<Vector> all{
      {"x", "$1$.$JaiFyrTLC03XAwoYUK/EY/"},
      {"no", "$1$./Zz$AJR.EoAYiQfeNTTFmFnUn/"},
      {"pin", "$1$./Zz09a$4xZ8HDuXUUEtCUy9LQmfV/"},
      {"1234", "$1$./$pf2xShqQbOgWqn13.TNij1"},
      {"hello", "$1$./Zz0$Ul9sW5RvcYrcqry2DMSYG."},
      {"secret", "$1$./Zz09aB$81l/zRKbgaMO11Zs2lJen0"},
      {"extmail", "$1$./Z$u/cRgSZ/1xicqyGkMaRvm0"},
      {"password", "$1$./Zz09$2RC0nqwJm4/i.5jpyJqck/"},
      {"correct h", "$1$.$Mjmslu2gVg/O5WY2nyHRv0"},
      {"käse&brot", "$1$./Zz$oiuPwybAJns5eLMlAic2X1"},
      {"hunter2 now", "$1$./Zz09a$VeMXwnmDHeK83X0FWjr88/"},
      {"123456789012", "$1$./$QHETcNcDLQjqGvMlO.iCy0"},
      {"Tr0ub4dor&3xx", "$1$./Zz0$xb8jA/VwRQjOEUdxG.10j1"},
      {"\\\"quotes' and$", "$1$./Zz09aB$eZ4zhDQ3oKWQ7CQ.t8PTe/"},
      {"fifteen letters", "$1$./Z$2wPVfcH1CYnX3hRhq/Ipf1"},
  };
  return all;
}

std::vector<PasswordToCheck> views_of(const std::vector<Vector>& given, std::size_t first,
                                      std::size_t count) {
  std::vector<PasswordToCheck> views;
  for (std::size_t i = first; i < first + count; ++i)
    views.push_back({given.at(i).password, given.at(i).stored});
  return views;
}

/// What may be in a password, high bytes above all, but for the zero byte.
std::string any_password(Generator& generator) {
  constexpr std::size_t kLongest = 15;
  std::string password(1 + generator.below(kLongest), '\0');
  for (char& c : password)
    c = static_cast<char>(1 + generator.below(255));
  return password;
}

}  // namespace

TEST_CASE("Passwords that are checked together are right where another program says so") {
  for (std::size_t count = 0; count <= kMaxPasswordsTogether; ++count) {
    for (std::size_t first = 0; first + count <= vectors().size(); ++first) {
      INFO(count << " from " << first);
      const auto passwords = views_of(vectors(), first, count);
      for (const auto& each : passwords)
        CHECK(can_be_checked_together(each));
      CHECK(check_together(passwords) == std::vector(count, PasswordCheck::Match));
    }
  }
}

TEST_CASE("Of passwords that are checked together each is judged by itself") {
  for (std::size_t wrong = 0; wrong < kMaxPasswordsTogether; ++wrong) {
    auto given = vectors();
    given.at(wrong).password.back() ^= 1;
    std::vector expected(kMaxPasswordsTogether, PasswordCheck::Match);
    expected.at(wrong) = PasswordCheck::Mismatch;
    CHECK(check_together(views_of(given, 0, kMaxPasswordsTogether)) == expected);
  }
}

TEST_CASE("Passwords are judged together as libxcrypt judges each") {
  Generator generator(20261126);
  constexpr int kGroups = 100;
  for (int group = 0; group < kGroups; ++group) {
    std::vector<Vector> given;
    std::vector<PasswordCheck> expected;
    for (std::size_t i = 0; i < kMaxPasswordsTogether; ++i) {
      std::string password = any_password(generator);
      const auto stored = password::make_crypt(password, "$1$", 0);
      REQUIRE(stored);
      // One bit of the password or of the hash, or nothing: what lies between is another salt, or no hash.
      std::string text(stored->view());
      const std::size_t what = generator.below(3);
      if (what == 1) password[generator.below(password.size())] ^= 0x20;
      if (what == 2) text.back() = text.back() == '.' ? '/' : '.';
      given.push_back({password, text});
    }
    const auto passwords = views_of(given, 0, given.size());
    expected.reserve(passwords.size());
    for (const auto& each : passwords)
      expected.push_back(check_password(each.password, each.stored));
    CHECK(check_together(passwords) == expected);
  }
}

TEST_CASE("Only MD5-crypt of usual lengths is checked together") {
  const std::string zero("ext\0mail", 8);
  const std::string hash = "$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C0";
  CHECK(can_be_checked_together({"extmail", hash}));
  CHECK(can_be_checked_together({"extmail", "{CRYPT}" + hash}));
  CHECK(can_be_checked_together({"extmail", "{MD5-CRYPT}" + hash}));
  CHECK(can_be_checked_together({"extmail", "{MD5}" + hash}));
  CHECK(can_be_checked_together({"extmail", hash, "PLAIN"}));
  CHECK_FALSE(can_be_checked_together({"extmail", hash, "PBKDF2"}));
  for (const std::string& password : {std::string(), std::string(16, 'x'), zero})
    CHECK_FALSE(can_be_checked_together({password, hash}));
  for (const char* stored :
       {"", "$1$", "$1$phz1mRrj", "$1$phz1mRrj$", "$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C",
        "$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C00", "$1$phz1mRrjj$3ok6BjeaoJYWDBsEPZb5C0",
        "$1$$3ok6BjeaoJYWDBsEPZb5C0", "$1$phz1m:rj$3ok6BjeaoJYWDBsEPZb5C0",
        "$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C-", "{PLAIN}$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C0",
        "$5$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C0", "extmail"}) {
    INFO(stored);
    CHECK_FALSE(can_be_checked_together({"extmail", stored}));
  }
}

TEST_CASE("What can't be checked together is judged all the same") {
  const std::string hash = "$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C0";
  std::vector<PasswordToCheck> passwords(kMaxPasswordsTogether, PasswordToCheck{"extmail", hash});
  passwords[2] = {"extmail", "{PLAIN}extmail"};
  passwords[5] = {"extmail", "$1$phz1mRrj$"};
  std::vector expected(kMaxPasswordsTogether, PasswordCheck::Match);
  expected[5] = PasswordCheck::Unusable;
  CHECK(check_together(passwords) == expected);
}
