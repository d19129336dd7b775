// SPDX-License-Identifier: MIT
#pragma once

#include <string>

// Catch2 2.13 (Debian 12) and 3 (Debian 13) by one name.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif

namespace extmail::tests {

/// For CHECK_THROWS_WITH and CHECK_THAT.
inline auto contains_text(const std::string& text) {
#if __has_include(<catch2/catch_all.hpp>)
  return Catch::Matchers::ContainsSubstring(text);
#else
  return Catch::Contains(text);
#endif
}

}  // namespace extmail::tests
