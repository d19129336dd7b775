// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/objects/object.hpp"

#include <optional>
#include <string>

namespace extmail::ctl {

/// The row of a domain, locked until the transaction ends, so that two who add to it at the same time do not both find
/// room. Empty where there is none.
[[nodiscard]] std::optional<Values> lock_domain(mysql::Connection& database, const std::string& name);

/// Whether a domain has room for one more mailbox. domain is locked.
/// Errors: Refused, with the limit and what is taken of it.
void check_room_for_mailbox(mysql::Connection& database, const Values& domain);

/// Whether the quotas that values has, quota and netdiskquota, fit into what the domain allows its mailboxes together. In a
/// domain with a limit no mailbox may be unlimited. Those that are so already count for nothing. username's own row is
/// left out of the sum.
/// Errors: Refused.
void check_quotas(mysql::Connection& database, const Values& domain, const std::string& username,
                  const Values& values);

}  // namespace extmail::ctl
