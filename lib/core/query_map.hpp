// SPDX-License-Identifier: MIT
#pragma once

#include "core/directory.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace extmail {

/// A map that the administrator defined by a statement: `[maps.query.NAME]` in extmail.toml.
///
/// Outcomes of look_up(): Found is what the statement gave. NotFound, without a query, is a key that no row can have
/// (is_lookup_text()) or that lacks a part the statement names. A failure is the database's, a permanent one with the
/// name of the map.
/// Threads: const members may be called concurrently.
struct QueryMap {
  /// What a `?` of the statement stands for. Texts are in lower case, local parts unquoted.
  enum class Part : std::uint8_t {
    Key,        ///< what is tried: see Tries
    Address,    ///< `user@domain`, its extension included where it is tried with one; `@domain`
    User,       ///< the local part without its extension
    Domain,     ///< behind the `@`; of Tries::Domain, the domain that is tried
    Extension,  ///< without its delimiter
  };

  /// Which forms of the key are tried, until the statement gives something.
  enum class Tries : std::uint8_t {
    Key,      ///< the key as it came
    Address,  ///< `user+ext@domain`, `user@domain`, `@domain`
    Domain,   ///< the domain, of an address too, then those above it
  };

  static constexpr std::size_t kMaxParents = 16;

  std::string name;
  std::string sql;
  std::vector<Part> parameters{Part::Key};  ///< in the order of their placeholders
  Tries tries = Tries::Key;
  std::optional<std::chrono::seconds> ttl;  ///< how long a row is fresh; empty: as rows without a change log

  [[nodiscard]] Answer<std::string> look_up(std::string_view key, std::string_view recipient_delimiter,
                                            const QueryDirectory& directory, Deadline deadline) const;
};

}  // namespace extmail
