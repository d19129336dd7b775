// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace extmail::ctl {

/// A block of Dovecot's configuration, `service lmtp { … }`, with those within it.
struct DovecotBlock {
  std::string kind;  ///< `service`
  std::string name;  ///< `lmtp`
  std::vector<std::pair<std::string, std::string>> settings = {};
  std::vector<DovecotBlock> blocks = {};

  /// The value of a setting; fallback where it has none.
  [[nodiscard]] std::string value(std::string_view setting, std::string_view fallback = {}) const;
  [[nodiscard]] bool has(std::string_view setting) const;
  [[nodiscard]] std::vector<const DovecotBlock*> all(std::string_view kind) const;
};

/// Reads `doveconf -n`, of Dovecot 2.3 and 2.4, into one block without a name.
[[nodiscard]] DovecotBlock parse_dovecot(std::string_view text);

}  // namespace extmail::ctl
