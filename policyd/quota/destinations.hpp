// SPDX-License-Identifier: MIT
#pragma once

#include "core/address_maps.hpp"
#include "core/directory.hpp"

#include <cstddef>
#include <vector>

namespace extmail::policyd {

/// Lists that long have no quota of their own.
inline constexpr std::size_t kMaxDestinations = 100;

/// Where the mail of one recipient ends up.
struct Destinations {
  std::vector<MailboxRecord> mailboxes;  ///< of ours, that may receive and are on this host
  bool lead_elsewhere = false;  ///< not to these alone, or to more than is followed: they need not be all
};

/// Follows aliases as Postfix does (AddressMaps::alias_targets()), through further ones too, up to kMaxDestinations
/// addresses.
///
/// Outcomes: Found, or a failure of the directory.
/// Limits: lists that are longer than kMaxDestinations lead elsewhere.
[[nodiscard]] Answer<Destinations> find_destinations(const Address& recipient, const Directory& directory,
                                                     const Clock& clock, const MailRules& rules);

}  // namespace extmail::policyd
