// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/output/report.hpp"
#include "ctl/usage/mailbox_usage.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace extmail::ctl {

/// The mailboxes of a domain together.
struct DomainUsage {
  std::string name;
  std::uint64_t mailboxes = 0;
  std::uint64_t active = 0;
  bool is_unlimited = false;      ///< one of its mailboxes is
  std::uint64_t quota_bytes = 0;  ///< of the others together
  Usage used;                     ///< of those that are counted
  std::uint64_t uncounted = 0;
  std::string last_login;

  void add(const MailboxUsage& mailbox);
  /// Empty where one of them is unlimited, none has mailboxes, or is not counted.
  [[nodiscard]] std::optional<std::uint64_t> percent() const;
};

/// Domains by the names of mailboxes.
class DomainUsages {
 public:
  /// One that may have no mailbox.
  void expect(const std::string& domain);
  void add(const MailboxUsage& mailbox);
  [[nodiscard]] std::vector<DomainUsage> take();

 private:
  std::map<std::string, DomainUsage> domains_;  // by folded name
};

/// What is listed, and how much of it.
struct UsageFilter {
  std::optional<std::uint64_t> at_least_percent = {};
  std::size_t most = 0;  ///< of those with the most bytes; 0: all
};

/// Leaves out what the filter does, sorts by bytes, and writes the list: row by row for programs. How many had no room is
/// given back.
[[nodiscard]] std::size_t write_usages(std::vector<MailboxUsage> mailboxes, const UsageFilter& filter,
                                       const Output& output);
[[nodiscard]] std::size_t write_usages(std::vector<DomainUsage> domains, const UsageFilter& filter,
                                       const Output& output);

}  // namespace extmail::ctl
