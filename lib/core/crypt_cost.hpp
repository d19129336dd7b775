// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace extmail {

/// Whether checking a crypt(3) hash would keep a thread busy for longer than about a second. A hash says itself how much
/// work it is, up to minutes and gigabytes, so a few rows of somebody who may write the column could stop everybody's
/// logins.
[[nodiscard]] bool is_too_costly(std::string_view hash);

}  // namespace extmail
