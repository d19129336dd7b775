// SPDX-License-Identifier: MIT
#include "ctl/command.hpp"

#include <cstdlib>
#include <iostream>

#include <unistd.h>

namespace extmail::ctl {

Output Invocation::output() const {
  const bool has_colours = ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
  return {.stream = &std::cout, .format = format, .has_colours = has_colours};
}

std::string choice_of(const std::vector<std::string>& values) {
  std::string choice;
  for (const auto& value : values)
    choice += (choice.empty() ? "{" : ",") + value;
  return choice + '}';
}

}  // namespace extmail::ctl
