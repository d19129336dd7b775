// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/explain/course.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace extmail::ctl {

/// Postfix's virtual_alias_expansion_limit, virtual_alias_recursion_limit and virtual_alias_address_length_limit, as they
/// are unless main.cf says otherwise.
inline constexpr std::size_t kExpansionLimit = 1000;
inline constexpr std::size_t kRecursionLimit = 1000;
inline constexpr std::size_t kAddressLimit = 1000;

/// Whom mail for one address is for, by virtual_alias_maps.
struct Expansion {
  struct Failure {
    Verdict verdict;
    std::string reason;
  };
  std::vector<std::string>
      recipients;                  ///< in internal form, each once; the address itself where it is no alias
  std::optional<Failure> failure;  ///< then Postfix takes no mail for it: 451 4.6.0 Alias expansion error
};

/// As cleanup(8) does it: recursively, until an address leads to nothing else, or to itself.
[[nodiscard]] Expansion expand_aliases(Course& course, const std::string& address);

}  // namespace extmail::ctl
