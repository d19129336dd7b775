// SPDX-License-Identifier: MIT
#include "policyd/rows.hpp"

#include "policyd/access/recipient_names.hpp"

#include <algorithm>
#include <utility>

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
  auto subjects = all_subjects(names, delimiters);
  std::vector<SubjectEntries> entries;
  entries.reserve(subjects.size());
  for (auto& subject : subjects)
    entries.push_back(entries_of(std::move(subject)));
  return entries_
      .emplace_front(Entries{{names.begin(), names.end()}, std::string(delimiters), std::move(entries)})
      .entries;
}

/// Sender and recipient have some of their subjects in common, everybody at least.
SubjectEntries Rows::entries_of(std::string subject) const {
  for (const auto& known : entries_) {
    const auto found = std::find_if(known.entries.begin(), known.entries.end(),
                                    [&](const SubjectEntries& each) { return each.subject == subject; });
    if (found != known.entries.end()) return *found;
  }
  return policyd::entries_of(std::move(subject), policies);
}

}  // namespace extmail::policyd
