// SPDX-License-Identifier: MIT
#include "core/display_width.hpp"

#include <cstdint>

#include <uniwidth.h>

namespace extmail {

std::size_t display_width(std::string_view text) {
  const int width = u8_width(reinterpret_cast<const std::uint8_t*>(text.data()), text.size(), "UTF-8");
  return width < 0 ? text.size() : static_cast<std::size_t>(width);
}

}  // namespace extmail
