// SPDX-License-Identifier: MIT
#include "policyd/access/recipient_names.hpp"

#include <algorithm>
#include <utility>

namespace extmail::policyd {

Answer<std::vector<Address>> names_of(const Address& recipient, const AddressMaps& maps) {
  using Names = Answer<std::vector<Address>>;
  /// Rows are in memory, or missing: nothing waits (Rows).
  constexpr Deadline kNoWait{};
  std::vector<Address> names{recipient};
  while (names.size() < kMaxNames) {
    const auto targets = maps.alias_targets(names.back(), kNoWait);
    if (targets.is_failure()) return Names::same_failure(targets);
    if (targets.is_not_found() || targets.value().size() != 1) break;
    auto next = parse_address(targets.value().front());
    if (!next || std::find(names.begin(), names.end(), *next) != names.end()) break;
    names.push_back(std::move(*next));
  }
  return Names::found(std::move(names));
}

}  // namespace extmail::policyd
