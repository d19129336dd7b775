// SPDX-License-Identifier: MIT
#pragma once

#include "core/records.hpp"

#include <string_view>

namespace extmail {

/// What a row allows, or the first thing that stands against it.
enum class Access {
  Allowed,
  DomainNotOurs,  ///< no domain row, or it is inactive or expired
  Inactive,
  Expired,
  ServiceDisabled,
};

/// For logs and for peers: "the mailbox is inactive", …; text of Allowed is "allowed".
[[nodiscard]] std::string_view describe(Access access);

/// What of the schema is enforced. Legacy data often carries expiry dates that nothing ever acted on.
struct AccessRules {
  bool enforce_expiry = true;
  bool enforce_domain_services = false;
};

/// today is `YYYY-MM-DD` (Clock::today()). A row expires on its expiry date, as with ExtMan's expireusers.
[[nodiscard]] bool is_ours(const DomainRecord& domain, const AccessRules& rules, std::string_view today);

[[nodiscard]] Access may_receive(const MailboxRecord& mailbox, const AccessRules& rules,
                                 std::string_view today);

/// service as the host names it. imap, pop3, smtp, submission, extmail and webmail have a column of their
/// own; lmtp, lda and doveadm follow may_receive(); any other service needs an active mailbox only.
[[nodiscard]] Access may_log_in(const MailboxRecord& mailbox, std::string_view service,
                                const AccessRules& rules, std::string_view today);

}  // namespace extmail
