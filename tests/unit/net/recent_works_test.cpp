// SPDX-License-Identifier: MIT
#include "net/recent_works.hpp"

#include "support/catch.hpp"

using extmail::net::RecentWorks;
using namespace std::chrono_literals;

TEST_CASE("Works are short after so many in a row, until one is not") {
  RecentWorks works(2ms);
  for (unsigned i = 0; i < RecentWorks::kInARow; ++i) {
    CHECK_FALSE(works.are_short());
    works.note(i % 2 == 0 ? 2ms : 0ms);
  }
  CHECK(works.are_short());
  works.note(1ms);
  CHECK(works.are_short());
  works.note(2ms + 1ns);
  CHECK_FALSE(works.are_short());
  for (unsigned i = 1; i < RecentWorks::kInARow; ++i)
    works.note(1ms);
  CHECK_FALSE(works.are_short());
  works.note(1ms);
  CHECK(works.are_short());
}
