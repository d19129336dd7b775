// SPDX-License-Identifier: MIT
#pragma once

#include "core/printable.hpp"

#include <stdexcept>
#include <string>
#include <string_view>

namespace extmail::ctl {

/// What was asked for can't be done as things are: there is no such object, a limit is reached. what() says it to the
/// administrator, with what to do. Ends with kRefused.
class Refused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What to throw where a mailbox, a domain or another of the objects with a list is not there.
[[nodiscard]] inline Refused no_such(const std::string& object, std::string_view name) {
  constexpr std::size_t kMaxShownBytes = 256;
  return Refused("there is no " + object + ' ' + printable(name, kMaxShownBytes) + "; extmailctl " + object +
                 " list shows those there are");
}

/// The command line asks for what makes no sense. Ends with kWrongUsage.
class Misuse : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace extmail::ctl
