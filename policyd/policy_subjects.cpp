// SPDX-License-Identifier: MIT
#include "policyd/policy_subjects.hpp"

#include "core/idn.hpp"
#include "core/printable.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace extmail::policyd {
namespace {

constexpr std::size_t kMaxShownBytes = 64;

/// Rows are in memory, or missing: nothing waits (Rows).
constexpr Deadline kNoWait{};

using Entries = Answer<std::vector<PolicyRecord::Entry>>;

Entries entries_in(Answer<PolicyRecord> policy) {
  if (policy.is_not_found()) return Entries::found({});
  if (policy.is_failure()) return Entries::same_failure(policy);
  if (!policy.value().fault.empty()) return Entries::temporary_failure(policy.value().fault);
  return Entries::found(std::move(policy.value().entries));
}

}  // namespace

std::vector<std::string> forms_of(const std::string& domain) {
  std::vector<std::string> forms{domain};
  if (auto other = other_form(domain)) {
    // The way there and back is what folds a U-label that is written in capitals.
    auto folded = other_form(*other);
    forms.push_back(std::move(*other));
    if (folded && *folded != domain) forms.push_back(std::move(*folded));
  }
  return forms;
}

std::vector<std::string> own_subjects(const Address& address, std::string_view delimiters) {
  std::vector<std::string> subjects;
  const auto split = split_extension(address.local, delimiters);
  const auto forms = forms_of(address.domain);
  subjects.reserve(2 * forms.size());
  for (const auto& domain : forms)
    subjects.push_back(address.local + '@' + domain);
  if (split.extension.empty()) return subjects;
  for (const auto& domain : forms)
    subjects.push_back(split.base + '@' + domain);
  return subjects;
}

std::vector<std::string> all_subjects(const Address& address, std::string_view delimiters) {
  return all_subjects(std::vector<Address>{address}, delimiters);
}

std::vector<std::string> all_subjects(const std::vector<Address>& names, std::string_view delimiters) {
  std::vector<std::string> subjects;
  const auto add = [&](std::string subject) {
    if (std::find(subjects.begin(), subjects.end(), subject) == subjects.end())
      subjects.push_back(std::move(subject));
  };
  for (const auto& name : names) {
    for (auto& subject : own_subjects(name, delimiters))
      add(std::move(subject));
  }
  for (const auto& name : names) {
    for (const auto& domain : forms_of(name.domain))
      add('@' + domain);
  }
  subjects.emplace_back("*");
  return subjects;
}

std::vector<SubjectEntries> entries_of(std::vector<std::string> subjects, const PolicyDirectory& policies) {
  std::vector<SubjectEntries> all;
  all.reserve(subjects.size());
  for (auto& subject : subjects) {
    auto entries = entries_in(policies.find_policy(subject, kNoWait));
    all.push_back({std::move(subject), std::move(entries)});
  }
  return all;
}

std::string bad_entry(const std::string& subject, const PolicyRecord::Entry& entry, std::string_view wanted) {
  return "extmail_policy: " + printable(entry.kind, kMaxShownBytes) + " of " + log_value(subject) + " is \"" +
         printable(entry.value, kMaxShownBytes) + "\", not " + std::string(wanted) + "; correct the row";
}

}  // namespace extmail::policyd
