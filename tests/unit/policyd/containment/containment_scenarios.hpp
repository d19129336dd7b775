// SPDX-License-Identifier: MIT
#pragma once

#include "unit/policyd/state/state_contract.hpp"

namespace extmail::tests {

/// What the containment of logins comes to on a state, whichever it is: call it in a test case; each of the table's lines is a
/// section with a state of its own.
void check_containment(const MakeState& make);

}  // namespace extmail::tests
