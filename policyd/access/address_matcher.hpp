// SPDX-License-Identifier: MIT
#pragma once

#include "core/address.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace extmail::policyd {

/// Tells which rows and targets mean one address. With its extension or without, and its domain as A-label or as U-label, it
/// is the same.
///
/// Threads: const members may be called concurrently.
class AddressMatcher {
 public:
  /// delimiters as in MailRules::recipient_delimiter. Nothing is ever meant by no address.
  AddressMatcher(const std::optional<Address>& address, std::string_view delimiters);

  /// Whether other is this address.
  [[nodiscard]] bool is(const Address& other) const;

  /// Whether the address is meant by `user@domain`, or by `@domain` for all of exactly that domain. Empty for what is
  /// neither.
  [[nodiscard]] std::optional<bool> is_meant_by(std::string_view row) const;

  /// The same, and `domain` is a domain with all that is below it.
  [[nodiscard]] std::optional<bool> is_meant_or_below(std::string_view row) const;

 private:
  [[nodiscard]] bool has_domain(std::string_view domain) const;

  std::vector<std::string> locals_;   ///< as it is, then without its extension
  std::vector<std::string> domains_;  ///< as it is, then in its other forms
};

}  // namespace extmail::policyd
