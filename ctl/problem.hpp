// SPDX-License-Identifier: MIT
#pragma once

#include <stdexcept>

namespace extmail::ctl {

/// What was asked for can't be done as things are: there is no such object, a limit is reached. what() says it to the
/// administrator, with what to do. Ends with kRefused.
class Refused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The command line asks for what makes no sense. Ends with kWrongUsage.
class Misuse : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace extmail::ctl
