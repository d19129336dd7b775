// SPDX-License-Identifier: MIT
#pragma once

#include "core/address.hpp"
#include "core/directory.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace extmail::policyd {

/// A domain in all the forms that a row may have it in: as it is, then as A-label or U-label.
[[nodiscard]] std::vector<std::string> forms_of(const std::string& domain);

/// The subjects of extmail_policy that are one address: itself, then itself without its extension.
[[nodiscard]] std::vector<std::string> own_subjects(const Address& address, std::string_view delimiters);

/// All that an address is meant by, the closest first: its own, then `@domain`, then `*`.
[[nodiscard]] std::vector<std::string> all_subjects(const Address& address, std::string_view delimiters);

/// The same for one that has several names: their own in the order of names, then their domains, then `*`; each once.
[[nodiscard]] std::vector<std::string> all_subjects(const std::vector<Address>& names,
                                                    std::string_view delimiters);

/// What was laid down for one subject.
struct SubjectEntries {
  std::string subject;
  /// Empty where there is nothing. TemporaryFailure for a PolicyRecord with a fault; never NotFound.
  Answer<std::vector<PolicyRecord::Entry>> entries;
};

/// In the order of subjects. All are asked for before any is read, so that those which are missing are fetched at one go.
[[nodiscard]] std::vector<SubjectEntries> entries_of(std::vector<std::string> subjects,
                                                     const PolicyDirectory& policies);

/// What is said of a row that means nothing; wanted is what its value has to be.
[[nodiscard]] std::string bad_entry(const std::string& subject, const PolicyRecord::Entry& entry,
                                    std::string_view wanted);

}  // namespace extmail::policyd
