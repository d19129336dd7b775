// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/migrate/schema.hpp"
#include "mysql/connection.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace extmail::ctl {

/// What the selected database is. Reads each of ExtMail's tables once, in the server: no text of a password leaves it.
///
/// other_bytes: MigrationOptions::other_bytes.
/// Errors: Misuse for a character set that the server does not know; mysql::DatabaseError.
[[nodiscard]] SchemaFacts read_schema(mysql::Connection& connection, const std::string& other_bytes);

/// What is active today and would not be served by `expiry = "enforce"`.
struct Expired {
  static constexpr std::size_t kMaxShown = 20;

  std::uint64_t mailboxes = 0;
  std::uint64_t domains = 0;
  std::vector<std::string> names;  ///< of the first kMaxShown, with the date: domains, then mailboxes
};

/// today as Clock::today(). Errors: mysql::DatabaseError.
[[nodiscard]] Expired read_expired(mysql::Connection& connection, const SchemaFacts& facts,
                                   const std::string& today);

}  // namespace extmail::ctl
