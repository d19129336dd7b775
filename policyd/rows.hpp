// SPDX-License-Identifier: MIT
#pragma once

#include "core/address_maps.hpp"
#include "policyd/policy_subjects.hpp"

#include <forward_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace extmail::policyd {

/// The rows that rules read, which never blocks (see cache::View), and what several rules make of them, made once a request.
///
/// Ownership: both directories must outlive it; what its members return lasts as long as it does.
/// Threads: one.
/// Limits: what it keeps is looked through one by one: the recipient, the sender, and the names of both.
class Rows {
 public:
  Rows(const Directory& directory_of_all, const PolicyDirectory& policies_of_all)
      : directory(directory_of_all), policies(policies_of_all) {}
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

  const Directory& directory;
  const PolicyDirectory& policies;

  /// As the free function of that name; maps are over directory, and by the same rules for all of one request.
  [[nodiscard]] const Answer<std::vector<Address>>& names_of(const Address& recipient,
                                                             const AddressMaps& maps) const;

  /// What policies have for all that names are meant by: entries_of() of all_subjects(), in their order. All are asked for
  /// before any is read, so that those which are missing are fetched at one go.
  [[nodiscard]] const std::vector<SubjectEntries>& entries_of(std::span<const Address> names,
                                                              std::string_view delimiters) const;

 private:
  struct Names {
    Address recipient;
    Answer<std::vector<Address>> names;
  };
  struct Entries {
    std::vector<Address> names;
    std::string delimiters;
    std::vector<SubjectEntries> entries;
  };
  [[nodiscard]] SubjectEntries entries_of(std::string subject) const;

  // lists, because what was returned stays where it is
  mutable std::forward_list<Names> names_;
  mutable std::forward_list<Entries> entries_;
};

}  // namespace extmail::policyd
