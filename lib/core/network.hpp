// SPDX-License-Identifier: MIT
#pragma once

#include "core/outcome.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace extmail {

/// Where a client is. An IPv4-mapped IPv6 address is the IPv4 address that it stands for: which of the two a host tells
/// depends on the socket that it listened on.
class IpAddress {
 public:
  using Bytes = std::array<unsigned char, 16>;

  /// Empty for what is no address in numbers. A zone behind it (`%eth0`) is left out.
  [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text);

  [[nodiscard]] bool is_v4() const;
  /// As IPv6, an IPv4 address mapped.
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }

  bool operator==(const IpAddress&) const = default;

 private:
  friend class Network;
  explicit IpAddress(const Bytes& bytes) : bytes_(bytes) {}

  Bytes bytes_;
};

/// An address and how many bits of it count.
class Network {
 public:
  /// `192.0.2.0/24`, `2001:db8::/32`, or an address alone; bits behind the prefix are dropped. Empty for anything else.
  [[nodiscard]] static std::optional<Network> parse(std::string_view text);

  /// The network of so many bits that holds an address: at most 32 for IPv4, 128 for IPv6.
  Network(const IpAddress& address, unsigned prefix_bits);

  /// An IPv6 network holds no IPv4 address, `::/0` neither.
  [[nodiscard]] bool contains(const IpAddress& address) const;

  /// The first address.
  [[nodiscard]] const IpAddress& address() const { return address_; }

  bool operator==(const Network&) const = default;

 private:
  IpAddress address_;
  unsigned bits_;  ///< of the mapped address
};

/// Networks as a configuration or a row names them: separated by commas or blanks. The word `local` stands for a client
/// whose address is not known, as in Dovecot's allow_nets.
///
/// Threads: const members may be called concurrently.
class NetworkList {
 public:
  /// Nobody asks for that many, and each costs a comparison.
  static constexpr std::size_t kMaxNetworks = 1000;

  /// PermanentFailure, with the part that is wrong, for what is no list; never NotFound.
  [[nodiscard]] static Answer<NetworkList> parse(std::string_view text);

  /// Empty lists hold nobody: whether that means everybody is for the caller to say.
  [[nodiscard]] bool is_empty() const { return networks_.empty() && !has_unknown_; }

  [[nodiscard]] bool contains(const std::optional<IpAddress>& client) const;

  bool operator==(const NetworkList&) const = default;

 private:
  std::vector<Network> networks_;
  bool has_unknown_ = false;
};

}  // namespace extmail
