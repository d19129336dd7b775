// SPDX-License-Identifier: MIT
#include "policyd/action_kind.hpp"

#include "support/catch.hpp"

using extmail::policyd::ActionKind;
using extmail::policyd::kind_of;

TEST_CASE("What an action of access(5) does to the mail") {
  struct Row {
    const char* action;
    ActionKind kind;
  };
  for (const auto& [action, kind] : {
           Row{"REJECT 5.7.1 no", ActionKind::Reject},
           Row{"reject", ActionKind::Reject},
           Row{"550 5.2.1 no", ActionKind::Reject},
           Row{"DISCARD", ActionKind::Reject},
           Row{"DEFER 4.3.0 later", ActionKind::Defer},
           Row{"DEFER_IF_PERMIT 4.2.0 later", ActionKind::Defer},
           Row{"defer_if_reject", ActionKind::Defer},
           Row{"450 4.7.1 later", ActionKind::Defer},
           Row{"HOLD by us", ActionKind::Hold},
           Row{"DUNNO", ActionKind::Other},
           Row{"OK", ActionKind::Other},
           Row{"PREPEND X-A: 550", ActionKind::Other},
           Row{"5500 no code", ActionKind::Other},
           Row{"", ActionKind::Other},
       }) {
    CAPTURE(action);
    CHECK(kind_of(action) == kind);
  }
}
