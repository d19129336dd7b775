// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace extmail::ctl {

/// Asks a question on the terminal that can't be answered with yes by accident. question has no question mark.
///
/// Errors: Refused where the answer is not yes; Misuse where there is no terminal to ask: --yes is for that.
void confirm(const std::string& question);

}  // namespace extmail::ctl
