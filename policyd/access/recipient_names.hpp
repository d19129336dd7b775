// SPDX-License-Identifier: MIT
#pragma once

#include "core/address_maps.hpp"

#include <cstddef>
#include <vector>

namespace extmail::policyd {

/// Aliases of aliases that are followed; Postfix bounces what is nested much deeper (virtual_alias_recursion_limit).
inline constexpr std::size_t kMaxNames = 10;

/// Under which names rules know a recipient: its address, then the address to which that is an alias and nothing but
/// that, and so on. Without them whoever is kept from an address could take one of another domain that leads there.
///
/// Outcomes: Found, with at most kMaxNames addresses, or a failure of the directory. Domain aliases, catch-alls and
/// extensions are those of AddressMaps.
[[nodiscard]] Answer<std::vector<Address>> names_of(const Address& recipient, const AddressMaps& maps);

}  // namespace extmail::policyd
