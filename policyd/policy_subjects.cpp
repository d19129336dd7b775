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

std::vector<std::string> all_subjects(const Address& address, std::string_view delimiters) {
  return all_subjects(std::span(&address, 1), delimiters);
}

std::vector<std::string> all_subjects(std::span<const Address> names, std::string_view delimiters) {
  std::vector<std::string> subjects;
  std::vector<std::string> of_domains;
  subjects.reserve(4 * names.size() + 1);
  const auto add = [&](std::string subject) {
    if (std::find(subjects.begin(), subjects.end(), subject) == subjects.end())
      subjects.push_back(std::move(subject));
  };
  for (const auto& name : names) {
    const auto split = split_extension(name.local, delimiters);
    const auto domains = domain_forms(name.domain);
    for (const auto& domain : domains)
      add(name.local + '@' + domain);
    for (const auto& domain : domains) {
      if (!split.extension.empty()) add(split.base + '@' + domain);
      of_domains.push_back('@' + domain);
    }
  }
  for (auto& subject : of_domains)
    add(std::move(subject));
  subjects.emplace_back("*");
  return subjects;
}

bool is_address(std::string_view subject) {
  return !subject.starts_with('@') && subject != "*";
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
