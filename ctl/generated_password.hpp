// SPDX-License-Identifier: MIT
#pragma once

#include "core/secret.hpp"

namespace extmail::ctl {

/// A password of kGeneratedBits from the system's random numbers, in letters and digits that nobody mistakes for others:
/// `k7wd-3xpa-q9mf-t2re`. For programs and devices, which are told it once.
///
/// Errors: std::system_error where the system has no random numbers.
[[nodiscard]] Secret generate_password();

inline constexpr unsigned kGeneratedBits = 80;

}  // namespace extmail::ctl
