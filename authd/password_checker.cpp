// SPDX-License-Identifier: MIT
#include "authd/password_checker.hpp"

#include "core/account_password.hpp"

#include <utility>

namespace extmail::authd {
namespace {

using Verdict = PasswordChecker::Verdict;

}  // namespace

PasswordChecker::PasswordChecker(VerifiedPasswords& memory, std::string default_scheme)
    : memory_(memory), default_scheme_(std::move(default_scheme)) {}

std::optional<Verdict> PasswordChecker::at_once(std::string_view password,
                                                const AccountRecord& account) const {
  Verdict verdict;
  bool are_quick = true;
  const bool is_known = any_password(account, [&](std::string_view stored, const AppPassword* app) {
    are_quick = are_quick && is_quick(stored, default_scheme_);
    if (!memory_.knows(account.mailbox.username, stored, password)) return false;
    verdict = {PasswordCheck::Match, app, {}, false};
    return true;
  });
  if (is_known) return verdict;
  if (are_quick) return check(password, account);
  return std::nullopt;
}

Verdict PasswordChecker::check(std::string_view password, const AccountRecord& account) const {
  auto found = find_password(password, account, default_scheme_);
  const bool matches = found.check == PasswordCheck::Match;
  if (matches) {
    const Secret& stored = found.app == nullptr ? account.secrets->password : found.app->password;
    memory_.remember(account.mailbox.username, stored.view(), password);
  }
  return {found.check, found.app, std::move(found.fault), matches};
}

std::optional<PasswordChecker::Credentials> PasswordChecker::credentials_at_once(
    const AccountRecord& account) const {
  const LoginSecrets& secrets = *account.secrets;
  const std::string_view stored = secrets.password.view();
  const bool is_at_once = secrets.clear.empty() || is_quick(stored, default_scheme_) ||
                          memory_.knows(account.mailbox.username, stored, secrets.clear.view());
  if (!is_at_once) return std::nullopt;
  return credentials(account);
}

PasswordChecker::Credentials PasswordChecker::credentials(const AccountRecord& account) const {
  const LoginSecrets& secrets = *account.secrets;
  const std::string_view stored = secrets.password.view();
  Credentials credentials;
  if (auto readable = clear_text(stored, default_scheme_); !readable.empty()) {
    credentials.clear = std::move(readable);
    return credentials;
  }
  if (challenge_scheme(stored)) credentials.stored = secrets.password.clone();
  // The column password is what counts: clearpwd is only its copy, and may be older than it.
  if (secrets.clear.empty()) return credentials;
  const auto& username = account.mailbox.username;
  const bool is_known = memory_.knows(username, stored, secrets.clear.view());
  if (is_known || check_password(secrets.clear.view(), stored, default_scheme_) == PasswordCheck::Match) {
    if (!is_known) memory_.remember(username, stored, secrets.clear.view());
    credentials.clear = secrets.clear.clone();
  }
  return credentials;
}

Verdict PasswordChecker::check(const ChallengeResponse& response, const AccountRecord& account) const {
  const Credentials known = credentials(account);
  Verdict verdict;
  verdict.check = PasswordCheck::Unusable;
  if (known.clear) verdict.check = check_response(response, known.clear->view());
  if (!known.clear && known.stored)
    verdict.check = check_response_by_verifier(response, known.stored->view());
  if (verdict.check == PasswordCheck::Unusable)
    verdict.fault = "no clear password is stored, and " + response.mechanism + " can't work with what is";
  return verdict;
}

}  // namespace extmail::authd
