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
  const PasswordCheck own = check_password(password, account.secrets->password.view(), default_scheme);
  return find_password_after(own, password, account, default_scheme, [] { return false; });
}

AccountPassword find_password_after(PasswordCheck own, std::string_view password,
                                    const AccountRecord& account, std::string_view default_scheme,
                                    const std::function<bool()>& is_late) {
  AccountPassword result;
  any_password(account, [&](std::string_view stored, const AppPassword* app) {
    if (app != nullptr && !is_quick(stored, default_scheme) && is_late()) {
      result.is_late = true;
      return true;
    }
    const PasswordCheck found = app == nullptr ? own : check_password(password, stored, default_scheme);
    if (found == PasswordCheck::Unusable && result.fault.empty()) result.fault = fault_of(account, app);
    if (app == nullptr || found == PasswordCheck::Match) result.check = found;
    if (found != PasswordCheck::Match) return false;
    result.app = app;
    return true;
  });
  return result;
}

}  // namespace extmail
