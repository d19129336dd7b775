// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace extmail {

/// An address as the schema stores it: local part unquoted, both parts in ASCII lower case.
struct Address {
  std::string local;
  std::string domain;
  std::string written = {};  ///< local in the case it had in the key, for results; not compared

  [[nodiscard]] std::string text() const;

  bool operator==(const Address& other) const { return local == other.local && domain == other.domain; }
};

/// `local@domain`.
[[nodiscard]] std::string join_address(std::string_view local, std::string_view domain);

/// Longest address the schema can hold: varchar(255), four bytes a character.
inline constexpr std::size_t kMaxAddressBytes = 1020;

/// Whether a row can have such a key at all: not empty, at most kMaxAddressBytes, UTF-8 without control characters.
[[nodiscard]] bool is_lookup_text(std::string_view key);

/// Reads a lookup key as Postfix sends it: unfolded, its local part possibly quoted.
///
/// Empty for every key that no row can match, so that it never costs a query: no or nothing before or behind
/// the last `@`, an address literal, an `@` inside the local part, control characters, invalid UTF-8, or over
/// kMaxAddressBytes.
[[nodiscard]] std::optional<Address> parse_address(std::string_view key);

/// The same for a key that names a domain.
[[nodiscard]] std::optional<std::string> parse_domain(std::string_view key);

/// A local part cut at its first recipient delimiter; a part of the text that was cut.
struct SplitLocal {
  std::string_view base;
  std::string_view extension;  ///< with its delimiter; empty when there is none
};

/// Cuts as Postfix does (split_addr(3)): never postmaster, mailer-daemon or double-bounce, nor owner-x and
/// x-request when `-` is a delimiter, nor where nothing would be left before the delimiter.
///
/// delimiters is a set of single characters, as main.cf's recipient_delimiter; empty cuts nothing.
[[nodiscard]] SplitLocal split_extension(std::string_view local, std::string_view delimiters);

/// A local part as RFC 5321 writes it: quoted where it is no plain dot-atom. Without this an address could
/// smuggle a comma, and so a second address, into a result.
[[nodiscard]] std::string quote_local(std::string_view local);

/// The reverse of quote_local(); empty when the quoting is broken.
[[nodiscard]] std::optional<std::string> unquote_local(std::string_view local);

/// The addresses that an alias row's goto names, in its order: separated by comma or white space, blanks left
/// out.
[[nodiscard]] std::vector<std::string> split_goto(std::string_view text);

[[nodiscard]] bool is_ascii(std::string_view text);

/// ASCII lower case, other bytes as they are.
[[nodiscard]] std::string fold_case(std::string_view text);

/// Whether two texts are one key. Collations call more alike than that (accents, trailing blanks); mail does
/// not.
[[nodiscard]] bool same_key(std::string_view a, std::string_view b);

}  // namespace extmail
