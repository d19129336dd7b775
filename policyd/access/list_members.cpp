// SPDX-License-Identifier: MIT
#include "policyd/access/list_members.hpp"

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace extmail::policyd {

Answer<bool> has_member(const Address& list, const AddressMatcher& who, const AddressMaps& maps) {
  /// Rows are in memory, or missing: nothing waits (Rows).
  constexpr Deadline kNoWait{};
  std::vector<Address> pending{list};
  std::set<std::string> followed;
  while (!pending.empty() && followed.size() <= kMaxFollowed) {
    const Address current = std::move(pending.back());
    pending.pop_back();
    if (!followed.insert(current.text()).second) continue;
    const auto targets = maps.alias_targets(current, kNoWait);
    if (targets.is_failure()) return Answer<bool>::same_failure(targets);
    if (targets.is_not_found()) continue;
    std::vector<Address> members;
    for (const auto& target : targets.value()) {
      auto member = parse_address(target);
      if (!member) continue;
      if (who.is(*member)) return Answer<bool>::found(true);
      if (members.size() < kMaxFollowed) members.push_back(std::move(*member));
    }
    // Those of a list in the list are followed before the next of the list itself.
    pending.insert(pending.end(), members.rbegin(), members.rend());
  }
  return Answer<bool>::found(false);
}

}  // namespace extmail::policyd
