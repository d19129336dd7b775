// SPDX-License-Identifier: MIT
#include "core/network.hpp"

#include "core/address.hpp"
#include "core/printable.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include <arpa/inet.h>

namespace extmail {
namespace {

constexpr unsigned kV4Bits = 32;
constexpr unsigned kV6Bits = 128;
constexpr unsigned kMappedBits = kV6Bits - kV4Bits;
constexpr std::array<unsigned char, kMappedBits / 8> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

constexpr std::string_view kSeparators = ", \t\r\n";
constexpr std::string_view kUnknown = "local";
constexpr std::size_t kMaxReasonBytes = 100;

IpAddress::Bytes masked(IpAddress::Bytes bytes, unsigned bits) {
  for (unsigned i = 0; i < bytes.size(); ++i) {
    const unsigned kept = std::clamp(bits, i * 8, i * 8 + 8) - i * 8;
    bytes[i] = static_cast<unsigned char>(bytes[i] & ~(0xffU >> kept));
  }
  return bytes;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  text = text.substr(0, text.find('%'));
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size() || text.find('\0') != std::string_view::npos) return std::nullopt;
  std::copy(text.begin(), text.end(), terminated.begin());
  Bytes bytes{};
  if (inet_pton(AF_INET6, terminated.data(), bytes.data()) == 1) return IpAddress(bytes);
  if (inet_pton(AF_INET, terminated.data(), bytes.data() + kMapped.size()) != 1) return std::nullopt;
  std::copy(kMapped.begin(), kMapped.end(), bytes.begin());
  return IpAddress(bytes);
}

bool IpAddress::is_v4() const {
  return std::equal(kMapped.begin(), kMapped.end(), bytes_.begin());
}

Network::Network(const IpAddress& address, unsigned prefix_bits)
    : address_(address),
      bits_(address.is_v4() ? kMappedBits + std::min(prefix_bits, kV4Bits) : std::min(prefix_bits, kV6Bits)) {
  address_ = IpAddress(masked(address.bytes(), bits_));
}

std::optional<Network> Network::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view name = text.substr(0, slash);
  const auto address = IpAddress::parse(name);
  if (!address) return std::nullopt;
  if (slash == std::string_view::npos) return Network(*address, kV6Bits);

  const bool is_written_as_v6 = name.find(':') != std::string_view::npos;
  unsigned bits = 0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data() + slash + 1, last, bits);
  if (error != std::errc() || end != last || bits > (is_written_as_v6 ? kV6Bits : kV4Bits))
    return std::nullopt;
  if (!is_written_as_v6 || !address->is_v4()) return Network(*address, bits);
  // A mapped prefix shorter than the mark of mapped addresses would be neither an IPv4 nor an IPv6 network.
  if (bits < kMappedBits) return std::nullopt;
  return Network(*address, bits - kMappedBits);
}

bool Network::contains(const IpAddress& address) const {
  return address.is_v4() == address_.is_v4() && masked(address.bytes(), bits_) == address_.bytes();
}

Answer<NetworkList> NetworkList::parse(std::string_view text) {
  NetworkList list;
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(kSeparators), text.size()));
    if (text.empty()) return Answer<NetworkList>::found(std::move(list));
    const std::string_view part = text.substr(0, text.find_first_of(kSeparators));
    text.remove_prefix(part.size());
    if (same_key(part, kUnknown)) {
      list.has_unknown_ = true;
      continue;
    }
    const auto network = Network::parse(part);
    if (!network) {
      return Answer<NetworkList>::permanent_failure(
          '"' + printable(part, kMaxReasonBytes) +
          "\" is no network; one is \"192.0.2.0/24\", \"2001:db8::/32\", \"::1\" or \"local\"");
    }
    if (list.networks_.size() == kMaxNetworks) {
      return Answer<NetworkList>::permanent_failure("there are more than " + std::to_string(kMaxNetworks) +
                                                    " networks");
    }
    list.networks_.push_back(*network);
  }
}

bool NetworkList::contains(const std::optional<IpAddress>& client) const {
  if (!client) return has_unknown_;
  return std::any_of(networks_.begin(), networks_.end(),
                     [&](const Network& network) { return network.contains(*client); });
}

}  // namespace extmail
