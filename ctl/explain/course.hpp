// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/explain/explanation.hpp"
#include "ctl/explain/maps.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace extmail::ctl {

/// The questions that Postfix asks about one message, in its order. One that comes again, at a later stage, is in the trace
/// once.
class Course {
 public:
  /// maps must outlive the course.
  explicit Course(Maps& maps) : maps_(maps) {}

  /// Valid until the next question.
  const Step& ask(const std::string& map, const std::string& key);

  /// An address as mail_addr_find(3) has it: its local part quoted where need be, then as it is. The last step that was
  /// asked.
  const Step& ask_address(const std::string& map, const std::string& address);

  /// What was found out in another way.
  Step& add(Step step);

  /// About the last step.
  void note(const std::string& text) { steps_.back().notes.push_back(text); }

  [[nodiscard]] std::vector<Step> take() { return std::move(steps_); }

 private:
  Maps& maps_;
  std::vector<Step> steps_;
  std::map<std::pair<std::string, std::string>, Step> known_;
};

/// A list of addresses as a map answers it, each in internal form: without the quotes of RFC 5321.
[[nodiscard]] std::vector<std::string> split_addresses(const std::string& list);

/// The reverse for one address.
[[nodiscard]] std::string quoted(const std::string& address);

}  // namespace extmail::ctl
