// SPDX-License-Identifier: MIT
#pragma once

#include "core/access.hpp"
#include "core/records.hpp"

#include <string>
#include <string_view>

namespace extmail::ctl {

/// By what rows are judged.
struct Judging {
  AccessRules rules;
  std::string today;  ///< Clock::today()
};

/// What of a row matters to where mail goes and who logs in, for people: "inactive", "expired on 2026-01-31", …
[[nodiscard]] std::string row_text(const DomainRecord& domain, const Judging& judging);
[[nodiscard]] std::string row_text(const MailboxRecord& mailbox, const Judging& judging);

/// asked is the key that the row was found by: `@domain` is a catch-all.
[[nodiscard]] std::string row_text(const AliasRecord& alias, std::string_view asked);

}  // namespace extmail::ctl
