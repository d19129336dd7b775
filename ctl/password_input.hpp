// SPDX-License-Identifier: MIT
#pragma once

#include "core/outcome.hpp"
#include "core/secret.hpp"

#include <cstddef>

namespace extmail::ctl {

/// A longer one is no password anywhere: authdaemond's protocol has no room for it.
inline constexpr std::size_t kMaxPasswordBytes = 8191;

/// Asks for a password: from a terminal without showing what is typed, else as a line of standard input.
///
/// PermanentFailure, with what to say about it, where there is none or it is too long. Never NotFound.
[[nodiscard]] Answer<Secret> read_password();

}  // namespace extmail::ctl
