// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace extmail::ctl {

/// For people: `3 d 4 h`, `12 s`, `250 us`.
[[nodiscard]] std::string duration_text(double seconds);

/// For people: `34 MiB`.
[[nodiscard]] std::string size_text(double bytes);

/// A number with so many digits behind the point.
[[nodiscard]] std::string with_digits(double value, int digits);

}  // namespace extmail::ctl
