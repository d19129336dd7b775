// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace extmail::ctl {

/// What a program of the host printed.
struct ToolOutput {
  bool is_there = false;  ///< the program could be run
  int status = 0;         ///< of its exit; 128 + its number where a signal ended it
  std::string output;
  std::string errors;  ///< the first line

  [[nodiscard]] bool is_good() const { return is_there && status == 0; }
};

/// Runs a program of PATH, or of the folders of administrators' programs, to its end, without a terminal or input, in the
/// language that its output is read in.
///
/// Errors: std::runtime_error where it has not ended after 30 seconds, and is then killed, or prints more than 4 MiB.
[[nodiscard]] ToolOutput run_tool(const std::vector<std::string>& words);

}  // namespace extmail::ctl
