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
  subjects.reserve(4 * names.size() + 1);
  const auto add = [&](std::string_view local, std::string_view domain) {
    auto subject = join_address(local, domain);
    if (std::find(subjects.begin(), subjects.end(), subject) == subjects.end())
      subjects.push_back(std::move(subject));
  };
  const auto add_all_forms = [&](std::string_view local, const std::string& domain) {
    add(local, domain);
    for (const auto& form : other_forms(domain))
      add(local, form);
  };
  for (const auto& name : names) {
    add_all_forms(name.local, name.domain);
    const auto split = split_extension(name.local, delimiters);
    if (!split.extension.empty()) add_all_forms(split.base, name.domain);
  }
  for (const auto& name : names)
    add_all_forms({}, name.domain);
  subjects.emplace_back("*");
  return subjects;
}

bool is_address(std::string_view subject) {
  return !subject.starts_with('@') && subject != "*";
}

SubjectEntries entries_of(std::string subject, const PolicyDirectory& policies) {
  auto entries = entries_in(policies.find_policy(subject, kNoWait));
  return {std::move(subject), std::move(entries)};
}

std::string bad_entry(const std::string& subject, const PolicyRecord::Entry& entry, std::string_view wanted) {
  return "extmail_policy: " + printable(entry.kind, kMaxShownBytes) + " of " + log_value(subject) + " is \"" +
         printable(entry.value, kMaxShownBytes) + "\", not " + std::string(wanted) + "; correct the row";
}

}  // namespace extmail::policyd
