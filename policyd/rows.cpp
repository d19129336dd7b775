// SPDX-License-Identifier: MIT
#include "policyd/rows.hpp"

#include "policyd/access/recipient_names.hpp"

#include <algorithm>

namespace extmail::policyd {

const Answer<std::vector<Address>>& Rows::names_of(const Address& recipient, const AddressMaps& maps) const {
  for (const auto& known : names_) {
    if (known.recipient == recipient) return known.names;
  }
  return names_.emplace_front(Names{recipient, policyd::names_of(recipient, maps)}).names;
}

const std::vector<SubjectEntries>& Rows::entries_of(std::span<const Address> names,
                                                    std::string_view delimiters) const {
  // What cuts nothing is as good as none.
  if (std::none_of(names.begin(), names.end(), [&](const Address& name) {
        return name.local.find_first_of(delimiters) != std::string::npos;
      })) {
    delimiters = {};
  }
  for (const auto& known : entries_) {
    if (known.delimiters == delimiters &&
        std::equal(names.begin(), names.end(), known.names.begin(), known.names.end()))
      return known.entries;
  }
  return entries_
      .emplace_front(Entries{{names.begin(), names.end()},
                             std::string(delimiters),
                             policyd::entries_of(all_subjects(names, delimiters), policies)})
      .entries;
}

}  // namespace extmail::policyd
