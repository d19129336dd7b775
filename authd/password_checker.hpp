// SPDX-License-Identifier: MIT
#pragma once

#include "authd/password_memory.hpp"
#include "core/challenge.hpp"
#include "core/password.hpp"
#include "core/password_group.hpp"
#include "core/records.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace extmail::authd {

/// Finds out which of an account's passwords somebody has given: its own, or one of its app passwords.
///
/// Threads: const members may be called concurrently.
class PasswordChecker {
 public:
  struct Verdict {
    PasswordCheck check = PasswordCheck::Mismatch;
    const AppPassword* app =
        nullptr;           ///< the one that matched; null for the mailbox's own. Lives as the account does
    std::string fault;     ///< which row has an unusable hash; an app password's does not hinder the others
    bool is_new = false;   ///< a match that was not remembered
    bool is_late = false;  ///< app passwords are left that there was no time for; a mismatch so far
  };

  /// memory must outlive the checker.
  PasswordChecker(VerifiedPasswords& memory, std::string default_scheme);

  /// What takes microseconds only: a password that was verified before, or schemes that are quick to check. Else empty.
  [[nodiscard]] std::optional<Verdict> at_once(std::string_view password, const AccountRecord& account) const;

  /// The account's own password, as check_password() takes it. Lives as the account and this checker do.
  [[nodiscard]] PasswordToCheck own_password(std::string_view password, const AccountRecord& account) const;

  /// Goes on where the account's own password was checked, as own says: remembers a match, or checks the app passwords.
  /// That computes hashes for as long as they were made to take; is_late() is asked before each that is not quick.
  [[nodiscard]] Verdict check_rest(PasswordCheck own, std::string_view password, const AccountRecord& account,
                                   const std::function<bool()>& is_late) const;

  /// What the host can use of the password for a challenge: see wire::auth::Reply.
  struct Credentials {
    std::optional<Secret> clear;
    std::optional<Secret> stored;
  };

  /// What takes microseconds only: there is no clearpwd to be compared with the hash, it was compared before, or the scheme
  /// is quick to check. Else empty.
  [[nodiscard]] std::optional<Credentials> credentials_at_once(const AccountRecord& account) const;

  /// Computes a hash where clearpwd has to be compared with it, and remembers a match.
  [[nodiscard]] Credentials credentials(const AccountRecord& account) const;

  /// Whether a challenge was answered with the account's own password. As credentials(), it may compute a hash. Unusable:
  /// what is stored can't tell, for the reason in fault.
  [[nodiscard]] Verdict check(const ChallengeResponse& response, const AccountRecord& account) const;

  [[nodiscard]] const std::string& default_scheme() const { return default_scheme_; }

 private:
  VerifiedPasswords& memory_;
  const std::string default_scheme_;
};

}  // namespace extmail::authd
