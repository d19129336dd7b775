// SPDX-License-Identifier: MIT
#pragma once

#include "core/outcome.hpp"

#include <string>
#include <string_view>

namespace extmail::ctl {

/// Asks extmail-policyd one question, whose text has no line break; the answer is all its lines.
/// Outcomes: Found; TemporaryFailure when nobody listens, or there is no whole answer within ten seconds.
[[nodiscard]] Answer<std::string> ask_control(const std::string& socket, std::string_view question);

}  // namespace extmail::ctl
