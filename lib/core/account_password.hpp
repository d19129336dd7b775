// SPDX-License-Identifier: MIT
#pragma once

#include "core/password.hpp"
#include "core/records.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace extmail {

/// Which of an account's passwords was given.
struct AccountPassword {
  PasswordCheck check = PasswordCheck::Mismatch;
  /// The one that matched; null for the mailbox's own. Lives as the account does.
  const AppPassword* app = nullptr;
  std::string fault;  ///< which row has an unusable hash; an app password's does not hinder the others
};

/// Calls visit(stored, app) for the mailbox's own password, for which app is null, and each app password, until it returns
/// true. Whether it did.
template <typename Visit>
bool any_password(const AccountRecord& account, Visit visit) {
  if (visit(account.secrets->password.view(), nullptr)) return true;
  const auto& apps = account.secrets->app_passwords;
  return std::any_of(apps.begin(), apps.end(),
                     [&](const AppPassword& app) { return visit(app.password.view(), &app); });
}

/// Checks one after the other until one matches; takes as long as check_password() for each.
[[nodiscard]] AccountPassword find_password(std::string_view password, const AccountRecord& account,
                                            std::string_view default_scheme);

}  // namespace extmail
