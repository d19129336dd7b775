// SPDX-License-Identifier: MIT
#include "core/address.hpp"
#include "core/printable.hpp"
#include "core/quota.hpp"
#include "frame_properties.hpp"
#include "support/map_properties.hpp"
#include "support/scenarios.hpp"

#include <cstddef>
#include <cstdint>
#include <iostream>

using extmail::tests::require;

namespace {

/// What every map answers to the key, on the rows of the scenario table and under each of its configurations.
void check_maps(std::string_view key) {
  static const auto* const directory_of_rows = [] {
    auto* directory = new extmail::tests::FakeDirectory;  // for as long as the fuzzer runs
    extmail::tests::fill_with_scenarios(*directory);
    return directory;
  }();
  for (const auto& entry : extmail::tests::scenario_rules()) {
    const auto broken = extmail::tests::broken_property(*directory_of_rows, entry.rules, key);
    if (!broken.empty()) std::cerr << entry.name << ": " << broken << '\n';
    require(broken.empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view key(reinterpret_cast<const char*>(data), size);
  (void)extmail::parse_quota(key);
  require(extmail::printable(key, 50).find('\n') == std::string::npos);
  for (const auto& target : extmail::split_goto(key))
    require(!target.empty());

  check_maps(key);

  const auto address = extmail::parse_address(key);
  if (!address) return 0;
  require(!address->local.empty() && !address->domain.empty());
  require(address->local.find('@') == std::string::npos && address->domain.find('@') == std::string::npos);

  // Written as mail programs write it, it is the same address.
  const auto again = extmail::parse_address(extmail::quote_local(address->local) + '@' + address->domain);
  require(!again || *again == *address);
  require(again || key.size() + 2 * address->local.size() > extmail::kMaxAddressBytes);

  const auto split = extmail::split_extension(address->local, "+-");
  require(!split.base.empty() && std::string(split.base).append(split.extension) == address->local);
  return 0;
}
