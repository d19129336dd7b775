// SPDX-License-Identifier: MIT
#pragma once

#include "policyd/rule.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace extmail::policyd {

/// What one rule had to say to one request.
struct RuleSaid {
  enum class Kind : std::uint8_t {
    Nothing,
    Action,    ///< that is what Postfix is told
    TriedOut,  ///< the action that it would take, were it not for mode = "log"
    Exempt,    ///< rules against strangers are passed over from here on
    Failure,   ///< it could not tell
  };
  std::string rule;
  Kind kind = Kind::Nothing;
  Action action = {};  ///< its text is empty but for Action and TriedOut
};

/// What the rules said that were asked, by their place in the set.
using Trail = std::map<std::size_t, RuleSaid>;

}  // namespace extmail::policyd
