// SPDX-License-Identifier: MIT
#include "core/address.hpp"
#include "core/printable.hpp"
#include "core/quota.hpp"
#include "frame_properties.hpp"

#include <cstddef>
#include <cstdint>

using extmail::tests::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view key(reinterpret_cast<const char*>(data), size);
  (void)extmail::parse_quota(key);
  require(extmail::printable(key, 50).find('\n') == std::string::npos);
  for (const auto& target : extmail::split_goto(key))
    require(!target.empty());

  const auto address = extmail::parse_address(key);
  if (!address) return 0;
  require(!address->local.empty() && !address->domain.empty());
  require(address->local.find('@') == std::string::npos && address->domain.find('@') == std::string::npos);

  // Written as mail programs write it, it is the same address.
  const auto again = extmail::parse_address(extmail::quote_local(address->local) + '@' + address->domain);
  require(!again || *again == *address);
  require(again || key.size() + 2 * address->local.size() > extmail::kMaxAddressBytes);

  const auto split = extmail::split_extension(address->local, "+-");
  require(!split.base.empty() && split.base + split.extension == address->local);
  return 0;
}
