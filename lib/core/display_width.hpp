// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>

namespace extmail {

/// How many columns of a terminal a text in UTF-8 takes: two for a Chinese character, none for a combining accent.
[[nodiscard]] std::size_t display_width(std::string_view text);

}  // namespace extmail
