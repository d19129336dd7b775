// SPDX-License-Identifier: MIT
#include "core/account_password.hpp"

namespace extmail {
namespace {

std::string fault_of(const AccountRecord& account, const AppPassword* app) {
  const std::string owner = "mailbox " + account.mailbox.username;
  const std::string where =
      app == nullptr ? owner + ": the column password"
                     : owner + ": the password of the row " + app->name + " in extmail_app_password";
  return where + " has no known scheme, is damaged or far too costly; set a new password";
}

}  // namespace

AccountPassword find_password(std::string_view password, const AccountRecord& account,
                              std::string_view default_scheme) {
  AccountPassword result;
  any_password(account, [&](std::string_view stored, const AppPassword* app) {
    const PasswordCheck found = check_password(password, stored, default_scheme);
    if (found == PasswordCheck::Unusable && result.fault.empty()) result.fault = fault_of(account, app);
    if (app == nullptr || found == PasswordCheck::Match) result.check = found;
    if (found != PasswordCheck::Match) return false;
    result.app = app;
    return true;
  });
  return result;
}

}  // namespace extmail
