// SPDX-License-Identifier: MIT
#include "policyd/action_kind.hpp"

#include "core/address.hpp"

#include <string>

namespace extmail::policyd {

ActionKind kind_of(std::string_view action) {
  const std::string word = fold_case(action.substr(0, action.find_first_of(" \t")));
  if (word == "reject" || word == "discard") return ActionKind::Reject;
  if (word.starts_with("defer")) return ActionKind::Defer;
  if (word == "hold") return ActionKind::Hold;
  if (word.size() == 3 && word.front() == '5') return ActionKind::Reject;
  if (word.size() == 3 && word.front() == '4') return ActionKind::Defer;
  return ActionKind::Other;
}

std::string_view name_of(ActionKind kind) {
  switch (kind) {
    case ActionKind::Reject:
      return "reject";
    case ActionKind::Defer:
      return "defer";
    case ActionKind::Hold:
      return "hold";
    case ActionKind::Other:
      break;
  }
  return "other";
}

}  // namespace extmail::policyd
