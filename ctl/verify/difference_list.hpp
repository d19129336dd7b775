// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/output/report.hpp"
#include "ctl/verify/comparison.hpp"

#include <cstdint>
#include <iosfwd>
#include <map>
#include <string>

namespace extmail::ctl {

/// Writes differences one by one, as they come, however many there are, and counts them.
class DifferenceList {
 public:
  /// output must outlive it.
  explicit DifferenceList(const Output& output) : output_(output) {}

  void add(const Difference& difference);
  /// After the last one.
  void finish();

  /// How many there were, by their reasons.
  [[nodiscard]] const std::map<std::string, std::uint64_t>& counts() const { return counts_; }

 private:
  const Output& output_;
  std::map<std::string, std::uint64_t> counts_;
  bool has_begun_ = false;
};

}  // namespace extmail::ctl
