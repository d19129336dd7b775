// SPDX-License-Identifier: MIT
#include "core/password.hpp"
#include "core/password/scheme.hpp"
#include "ctl/doctor/rows.hpp"

#include <algorithm>
#include <array>

namespace extmail::ctl {
namespace {

/// What the original guide and sql/seed.sql store, so that the whole world has the passwords.
constexpr std::array<std::string_view, 2> kPublic{"$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C0",
                                                  "$1$BrT9qxfB$Ha81Mb5YVV6rNKNN5jmtj1"};

}  // namespace

void check_password_column(DataContext& context, const std::string& object, std::string_view stored,
                           const std::string& store) {
  const auto value = password::read_stored(stored, context.default_scheme);
  if (!value) {
    context.findings.add(
        "password-unknown",
        {object,
         stored.empty() ? "it has no password: nobody can log in"
                        : "its password is of no known scheme, or damaged: nobody can log in",
         store});
  } else if (std::find(kPublic.begin(), kPublic.end(), stored) != kPublic.end()) {
    context.findings.add("password-public",
                         {object, "its password stands in a public guide: anybody can log in", store});
  } else if (value->form == password::Form::Clear) {
    context.findings.add("password-clear", {object, "its password stands there in clear", store});
  } else if (is_weak(stored, context.default_scheme)) {
    context.findings.add("password-weak",
                         {object, "who gets hold of its hash guesses the password cheaply",
                          store + "; or rehash = \"sha512-crypt\" in [authd] of extmail.toml"});
  }
}

}  // namespace extmail::ctl
