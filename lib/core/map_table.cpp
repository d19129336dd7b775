// SPDX-License-Identifier: MIT
#include "core/map_table.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace extmail {
namespace {

constexpr std::array<std::pair<std::string_view, Lookup>, 12> kMaps{{
    {"virtual_mailbox_domains", &AddressMaps::virtual_mailbox_domains},
    {"virtual_mailbox_maps", &AddressMaps::virtual_mailbox_maps},
    {"virtual_alias_maps", &AddressMaps::virtual_alias_maps},
    {"smtpd_sender_login_maps", &AddressMaps::smtpd_sender_login_maps},
    {"transport_maps", &AddressMaps::transport_maps},
    {"relay_domains", &AddressMaps::relay_domains},
    {"relay_recipient_maps", &AddressMaps::relay_recipient_maps},
    {"virtual_mailbox_limit_maps", &AddressMaps::virtual_mailbox_limit_maps},
    {"virtual_uid_maps", &AddressMaps::virtual_uid_maps},
    {"virtual_gid_maps", &AddressMaps::virtual_gid_maps},
    {"recipient_access", &AddressMaps::recipient_access},
    {"sender_access", &AddressMaps::sender_access},
}};

}  // namespace

Lookup find_map(std::string_view name) {
  const auto* it =
      std::find_if(kMaps.begin(), kMaps.end(), [&](const auto& map) { return map.first == name; });
  return it == kMaps.end() ? nullptr : it->second;
}

std::vector<std::string> map_names() {
  std::vector<std::string> names;
  names.reserve(kMaps.size());
  for (const auto& map : kMaps)
    names.emplace_back(map.first);
  return names;
}

}  // namespace extmail
