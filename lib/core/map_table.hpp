// SPDX-License-Identifier: MIT
#pragma once

#include "core/address_maps.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace extmail {

/// One map's question to the address maps.
using Lookup = Answer<std::string> (AddressMaps::*)(std::string_view key, Deadline deadline) const;

/// The map that Postfix asks for by this name, which is that of the main.cf parameter; null for an unknown
/// one.
[[nodiscard]] Lookup find_map(std::string_view name);

[[nodiscard]] std::vector<std::string> map_names();

}  // namespace extmail
