// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// What rows of extmail_policy may say: the kinds that extmail-policyd knows, and their values.
namespace extmail {

/// One kind of row. Values are compared without case where they are words.
struct PolicyKind {
  std::string_view name;    ///< `limit`, `deny-sender`, `send-as`, …
  std::string_view wanted;  ///< what its value has to be, for people
  bool (*takes)(std::string_view value);
};

/// All of them, by name.
[[nodiscard]] std::span<const PolicyKind> policy_kinds();

/// Null for a kind that nobody knows.
[[nodiscard]] const PolicyKind* find_policy_kind(std::string_view name);

/// A value of the kind `limit`.
struct LimitEntry {
  std::string_view limit;             ///< its name; empty for `exempt`: all of them
  std::optional<std::uint64_t> most;  ///< empty: any number
};

/// `NAME=NUMBER`, `NAME=unlimited` or `exempt`; empty for anything else. Points into value.
[[nodiscard]] std::optional<LimitEntry> parse_limit_entry(std::string_view value);

/// Whom a row is about, as it has to stand there: `user@domain`, `@domain`, or `*` for everybody. Empty for anything else.
[[nodiscard]] std::optional<std::string> policy_subject(std::string_view given);

}  // namespace extmail
