// SPDX-License-Identifier: MIT
#pragma once

#include "core/network.hpp"

#include <string>

namespace extmail::policyd {

/// How many bits of a client's address count where clients are told apart by their network.
struct NetworkPrefixes {
  unsigned ipv4 = 24;
  unsigned ipv6 = 64;

  bool operator==(const NetworkPrefixes&) const = default;
};

/// As `192.0.2.0/24`: the same text for all clients of a network.
[[nodiscard]] std::string client_network(const IpAddress& client, const NetworkPrefixes& prefixes);

}  // namespace extmail::policyd
