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

/// The same, from standard input only, whatever that is.
[[nodiscard]] Answer<Secret> read_password_line();

/// Asks for a new password on a terminal, twice, as what is typed can't be seen. PermanentFailure also where there is no
/// terminal, or it is not the same both times.
[[nodiscard]] Answer<Secret> ask_new_password();

}  // namespace extmail::ctl
