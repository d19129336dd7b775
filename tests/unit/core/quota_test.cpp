// SPDX-License-Identifier: MIT
#include "core/quota.hpp"

#include "support/catch.hpp"

#include <vector>

using namespace extmail;

TEST_CASE("Quotas are read in Courier's and VDA's style") {
  struct Case {
    const char* text;
    Quota quota;
  };
  const std::vector<Case> cases{
      {"104857600S", {104857600, {}}},
      {"104857600S,1000C", {104857600, 1000}},
      {"1000C,104857600S", {104857600, 1000}},
      {"1000C", {{}, 1000}},
      {"104857600", {104857600, {}}},
      {"0S", {0, {}}},
      {"0", {0, {}}},
      {"", {}},
      {",", {}},
      {"NULL", {}},
      {"-5S", {}},
      {"5X", {}},
      {"99999999999999999999S", {}},
      {"S", {}},
  };
  for (const auto& c : cases) {
    INFO(c.text);
    CHECK(parse_quota(c.text) == c.quota);
  }
}
