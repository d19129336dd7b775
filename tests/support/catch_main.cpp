// SPDX-License-Identifier: MIT
// Catch2 3 brings a main() in its library; 2.13 makes one here.
#if !__has_include(<catch2/catch_all.hpp>)
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
#endif
