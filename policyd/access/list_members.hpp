// SPDX-License-Identifier: MIT
#pragma once

#include "core/address_maps.hpp"
#include "policyd/access/address_matcher.hpp"

#include <cstddef>

namespace extmail::policyd {

/// How many addresses behind a list are asked about for being lists themselves.
inline constexpr std::size_t kMaxFollowed = 100;

/// Whether somebody is among those whom an alias leads to, through further aliases too.
///
/// Outcomes: Found, or a failure of the directory.
/// Limits: whom the list itself names is a member however long it is; of those behind them, who is behind the first
/// kMaxFollowed in the order of the rows.
[[nodiscard]] Answer<bool> has_member(const Address& list, const AddressMatcher& who,
                                      const AddressMaps& maps);

}  // namespace extmail::policyd
