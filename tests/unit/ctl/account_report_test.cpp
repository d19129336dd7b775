// SPDX-License-Identifier: MIT
#include "ctl/account_report.hpp"

#include "support/catch.hpp"

using namespace extmail;
using ctl::Passwords;
using wire::authdaemond::Account;

namespace {

Account postmaster() {
  Account account;
  account.uid = 1000;
  account.gid = 1001;
  account.home = "/home/domains/test.com/postmaster";
  account.address = "postmaster@test.com";
  account.maildir = "/home/domains/test.com/postmaster/Maildir/";
  account.password = Secret("$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C0");
  account.clear_password = Secret("extmail");
  return account;
}

}  // namespace

TEST_CASE("An account is laid out as authtest does") {
  CHECK(report(postmaster(), Passwords::Shown).view() ==
        "Authentication succeeded.\n"
        "\n"
        "     Authenticated: postmaster@test.com  (uid 1000, gid 1001)\n"
        "    Home Directory: /home/domains/test.com/postmaster\n"
        "           Maildir: /home/domains/test.com/postmaster/Maildir/\n"
        "             Quota: (none)\n"
        "Encrypted Password: $1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C0\n"
        "Cleartext Password: extmail\n"
        "           Options: (none)\n");
}

TEST_CASE("Passwords are shown only to who asks for them") {
  const auto text = report(postmaster(), Passwords::Hidden);
  CHECK(text.view().find("phz1mRrj") == std::string_view::npos);
  CHECK(text.view().find("extmail\n") == std::string_view::npos);
  CHECK(text.view().find("Encrypted Password: (hidden; --show-passwords)\n") != std::string_view::npos);
  CHECK(text.view().find("Cleartext Password: (hidden; --show-passwords)\n") != std::string_view::npos);

  Account without = postmaster();
  without.password = Secret();
  without.clear_password = Secret();
  const auto none = report(without, Passwords::Hidden);
  CHECK(none.view().find("Encrypted Password: (none)\n") != std::string_view::npos);
  CHECK(none.view().find("Cleartext Password: (none)\n") != std::string_view::npos);
}

TEST_CASE("A row can't play with the terminal") {
  Account account = postmaster();
  account.home = "/home/\x1b[2J\xff";
  account.quota = "测试";
  const auto text = report(account, Passwords::Hidden);
  CHECK(text.view().find("Home Directory: /home/\\x1b[2J\\xff\n") != std::string_view::npos);
  CHECK(text.view().find("Quota: 测试\n") != std::string_view::npos);
}
