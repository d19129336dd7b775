// SPDX-License-Identifier: MIT
#pragma once

#include "core/address.hpp"
#include "core/directory.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace extmail::policyd {

/// The subjects of extmail_policy that mean an address, the closest first: itself, itself without its extension, then
/// `@domain`, then `*`. Of one that has several names: their own in the order of names, then their domains, then `*`; each once.
[[nodiscard]] std::vector<std::string> all_subjects(std::span<const Address> names,
                                                    std::string_view delimiters);
[[nodiscard]] std::vector<std::string> all_subjects(const Address& address, std::string_view delimiters);

/// Whether a subject is one address, not all of a domain or everybody.
[[nodiscard]] bool is_address(std::string_view subject);

/// What was laid down for one subject.
struct SubjectEntries {
  std::string subject;
  /// Empty where there is nothing. TemporaryFailure for a PolicyRecord with a fault; never NotFound.
  Answer<std::vector<PolicyRecord::Entry>> entries;

  /// Most subjects have no rows, and rules need not get ready for any.
  [[nodiscard]] bool says_nothing() const { return entries.is_found() && entries.value().empty(); }
};

[[nodiscard]] SubjectEntries entries_of(std::string subject, const PolicyDirectory& policies);

/// What is said of a row that means nothing; wanted is what its value has to be.
[[nodiscard]] std::string bad_entry(const std::string& subject, const PolicyRecord::Entry& entry,
                                    std::string_view wanted);

}  // namespace extmail::policyd
