// SPDX-License-Identifier: MIT
#include "authd/new_password.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace extmail;
using authd::clear_copy;
using authd::fault_of_new_password;
using authd::NewPasswordRules;

TEST_CASE("A new password is text that a person can type again, long enough, and another one") {
  constexpr const char* kControl = "the new password has control characters, or is no UTF-8";
  constexpr const char* kShort = "the new password has fewer than 8 characters";
  constexpr const char* kLong = "the new password is longer than 511 bytes";
  struct Case {
    std::string password;
    const char* fault;
  };
  const std::vector<Case> cases{
      {"Sek.ret2", ""},
      {"with blanks in it ", ""},
      {"密码密码密码密码", ""},
      {std::string(511, 'x'), ""},
      {"", kShort},
      {"Sek.ret", kShort},
      {"密码密码密码密", kShort},  // 21 bytes
      {std::string(512, 'x'), kLong},
      {std::string(100000, '\xff'), kLong},
      {"Sek.ret2\n", kControl},
      {"Sek\tret22", kControl},
      {std::string("Sek\0ret22", 9), kControl},
      {"\x7fSek.ret2", kControl},
      {"Sek.ret2\xc3", kControl},
      {"Sek.ret\u0085\u0085", kControl},
      {"Sek.ret\u202e\u202e", kControl},
      {"the old one", "the new password is the old one"},
  };
  for (const auto& c : cases) {
    INFO(c.password.substr(0, 100));
    CHECK(fault_of_new_password(c.password, "the old one", {}) == c.fault);
  }
}

TEST_CASE("What bcrypt would ignore is too long for it") {
  NewPasswordRules rules;
  rules.hash = NewHash::Bcrypt;
  CHECK(fault_of_new_password(std::string(72, 'x'), "", rules).empty());
  CHECK(fault_of_new_password(std::string(73, 'x'), "", rules) == "the new password is longer than 72 bytes");
}

TEST_CASE("The shortest password is a setting, and an empty one is never enough") {
  NewPasswordRules rules;
  rules.min_characters = 12;
  CHECK(fault_of_new_password("elevenchars", "", rules) == "the new password has fewer than 12 characters");
  CHECK(fault_of_new_password("twelve chars", "", rules).empty());
  rules.min_characters = 0;
  CHECK_FALSE(fault_of_new_password("", "", rules).empty());
}

TEST_CASE("Every password that is refused for its form is refused without the old one too") {
  CHECK_FALSE(fault_of_new_password("short", "", {}).empty());
  CHECK(fault_of_new_password("long enough", "", {}).empty());
}

TEST_CASE("The clear copy is the whole password, or nothing") {
  NewPasswordRules rules;
  CHECK(clear_copy("Sek.ret2", rules).view() == "Sek.ret2");
  CHECK(clear_copy(std::string(128, 'x'), rules).view().size() == 128);
  CHECK(clear_copy(std::string(129, 'x'), rules).empty());  // the column would refuse or cut it
  CHECK(clear_copy("密码密码密码密码", rules).empty());     // the column may be of latin1
  rules.keeps_clear = false;
  CHECK(clear_copy("Sek.ret2", rules).empty());
}
