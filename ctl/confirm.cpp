// SPDX-License-Identifier: MIT
#include "ctl/confirm.hpp"

#include "ctl/problem.hpp"

#include <iostream>

#include <unistd.h>

namespace extmail::ctl {

void confirm(const std::string& question) {
  if (::isatty(STDIN_FILENO) != 1)
    throw Misuse(
        "this wants to be confirmed, and standard input is no terminal; add --yes to do it without asking");
  std::cerr << question << "? [y/N] " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  if (answer == "y" || answer == "Y" || answer == "yes") return;
  throw Refused("nothing was changed");
}

}  // namespace extmail::ctl
