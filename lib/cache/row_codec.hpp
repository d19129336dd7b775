// SPDX-License-Identifier: MIT
#pragma once

#include "core/change_log.hpp"
#include "core/records.hpp"

#include <optional>
#include <string>
#include <string_view>

/// Rows as bytes, as small as they go: a million mailboxes have to fit in memory. What follows from the key in the
/// usual way (a maildir `domain/user/Maildir/`) takes one bit.
namespace extmail::cache {

template <typename Record>
inline constexpr Table kTableOf = Table::Domain;
template <>
inline constexpr Table kTableOf<MailboxRecord> = Table::Mailbox;
template <>
inline constexpr Table kTableOf<AliasRecord> = Table::Alias;
template <>
inline constexpr Table kTableOf<QueryRecord> = Table::Query;
template <>
inline constexpr Table kTableOf<AccountRecord> = Table::Account;
template <>
inline constexpr Table kTableOf<PolicyRecord> = Table::Policy;

/// Whether rows hold passwords: their bytes are wiped after use.
[[nodiscard]] constexpr bool is_secret(Table table) {
  return table == Table::Account;
}

/// key is the folded text that the row was looked up by. A mailbox's domain is left out, as in RecordSource.
[[nodiscard]] std::string encode(const DomainRecord& domain, std::string_view key);
[[nodiscard]] std::string encode(const MailboxRecord& mailbox, std::string_view key);
[[nodiscard]] std::string encode(const AliasRecord& alias, std::string_view key);
[[nodiscard]] std::string encode(const QueryRecord& query, std::string_view key);
[[nodiscard]] std::string encode(const PolicyRecord& policy, std::string_view key);
/// The caller wipes what it is given.
[[nodiscard]] std::string encode(const AccountRecord& account, std::string_view key);

/// The reverse, with the same key; empty for bytes that encode() never made.
template <typename Record>
[[nodiscard]] std::optional<Record> decode(std::string_view bytes, std::string_view key);

}  // namespace extmail::cache
