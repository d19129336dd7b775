// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

namespace extmail {

/// The services that a column can take away.
[[nodiscard]] std::vector<std::string_view> services_with_column();

/// The column of mailbox that takes a service away, for people: `disableimap`; empty where none does. By the table that
/// may_log_in() goes by (core/access.cpp).
[[nodiscard]] std::string_view disabling_column(std::string_view service);

}  // namespace extmail
