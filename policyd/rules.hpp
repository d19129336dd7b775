// SPDX-License-Identifier: MIT
#pragma once

#include "core/address_maps.hpp"
#include "core/directory.hpp"
#include "core/log.hpp"
#include "core/mail_rules.hpp"
#include "wire/policy.hpp"

#include <string>

namespace extmail::policyd {

/// Decides what Postfix does with one policy request:
/// - a login that may no longer send (disabled, expired or deleted since it logged in) is refused at every
/// stage;
/// - a recipient of ours that may not receive is refused at RCPT;
/// - everything else is left to Postfix's other restrictions (DUNNO).
/// Where the directory can't tell, the configured on_failure action answers, so that trouble here need not
/// stop mail.
///
/// Threads: const members may be called concurrently, and wait for the directory.
class Rules {
 public:
  struct Settings {
    MailRules mail;
    std::string on_failure;  ///< an access(5) action, not empty
  };

  /// All must outlive the rules.
  Rules(const Directory& directory, const Clock& clock, Log& log, Settings settings);

  /// The action, never empty.
  [[nodiscard]] std::string decide(const wire::policy::Request& request, Deadline deadline) const;

 private:
  /// NotFound when the rule has nothing against the request.
  [[nodiscard]] Answer<std::string> check_login(const wire::policy::Request& request,
                                                Deadline deadline) const;
  [[nodiscard]] Answer<std::string> check_recipient(const wire::policy::Request& request,
                                                    Deadline deadline) const;

  const Directory& directory_;
  const Clock& clock_;
  Log& log_;
  const Settings settings_;
  const AddressMaps maps_;
};

}  // namespace extmail::policyd
