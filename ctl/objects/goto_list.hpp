// SPDX-License-Identifier: MIT
#pragma once

#include "mysql/connection.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace extmail::ctl {

/// What an alias leads to: the column alias.goto, `a@x,b@y`. Addresses are the same whatever their case.
///
/// An entry is an address, `@domain` for the same local part there, or a local part alone, which Postfix completes with
/// its myorigin.
class GotoList {
 public:
  GotoList() = default;

  /// What a row has, whoever wrote it; nothing is checked.
  [[nodiscard]] static GotoList of_stored(std::string_view stored);

  /// What an administrator wrote. ExtMan strips bytes that it does not know, which makes another address of the rest; here
  /// that is an error. Separated by commas, with or without blanks.
  /// Errors: Misuse, which names the entry and what is wrong with it.
  [[nodiscard]] static GotoList of_given(std::string_view given);

  /// As ExtMan writes it: with commas and no blanks. Errors: Refused where the column has no room for it.
  [[nodiscard]] std::string stored() const;

  [[nodiscard]] const std::vector<std::string>& entries() const { return entries_; }
  [[nodiscard]] bool is_empty() const { return entries_.empty(); }
  [[nodiscard]] bool contains(std::string_view entry) const;

  /// At the end. Whether it was not there.
  bool add(const std::string& entry);
  /// Whether it was there.
  bool remove(std::string_view entry);
  /// In its place; where the new one is there already, the old one goes. Whether the old one was there.
  bool replace(std::string_view entry, const std::string& other);

 private:
  std::vector<std::string> entries_;
};

/// A row of alias, by what it leads to.
struct LeadingAlias {
  std::string address;
  GotoList leads_to;
};

/// The aliases that name an address, or an `@domain`, in their goto, whole and in whatever case; locked until the
/// transaction ends. In the order of their addresses.
/// Errors: mysql::DatabaseError.
[[nodiscard]] std::vector<LeadingAlias> aliases_leading_to(mysql::Connection& database,
                                                           const std::string& address);

}  // namespace extmail::ctl
