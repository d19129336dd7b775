// SPDX-License-Identifier: MIT
#include "policyd/client_network.hpp"

#include <array>
#include <cstddef>

#include <arpa/inet.h>

namespace extmail::policyd {

std::string client_network(const IpAddress& client, const NetworkPrefixes& prefixes) {
  constexpr std::size_t kMappedBytes = 12;  // what stands before the IPv4 address in a mapped one
  const bool is_v4 = client.is_v4();
  const unsigned bits = is_v4 ? prefixes.ipv4 : prefixes.ipv6;
  const Network network(client, bits);
  const unsigned char* bytes = network.address().bytes().data();
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(is_v4 ? AF_INET : AF_INET6, is_v4 ? bytes + kMappedBytes : bytes, text.data(), text.size());
  return std::string(text.data()) + '/' + std::to_string(bits);
}

}  // namespace extmail::policyd
