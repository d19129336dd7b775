// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace extmail {

/// A statement of the administrator's own, and the values that its placeholders stand for.
///
/// Ownership: views texts of others. Neither statement nor values hold a NUL.
struct Query {
  std::string_view sql;
  std::vector<std::string_view> parameters;

  /// Both as one text, so that what tells rows apart by a key can tell queries apart. A statement that is changed makes
  /// other keys: what the old one gave is never taken for an answer of the new one.
  [[nodiscard]] std::string key() const;

  /// The query that has this key, which it views.
  [[nodiscard]] static Query of_key(std::string_view key);
};

}  // namespace extmail
