// SPDX-License-Identifier: MIT
#include "policyd/access/address_matcher.hpp"

#include "core/policy_entry.hpp"
#include "support/catch.hpp"

using namespace extmail;

TEST_CASE("What extmailctl lets into a row, the rules understand") {
  const policyd::AddressMatcher nobody(std::nullopt, "+");
  for (const char* value :
       {"user@x.test", "User+ext@X.test", "@x.test", "x.test", "*@x.test", "@", "a b", "", "a@", "a@b@x.test",
        "@[192.0.2.1]", "\"a b\"@x.test", "用户@x.test", "@中文.test"}) {
    INFO(value);
    CHECK(nobody.is_meant_by(value).has_value() == find_policy_kind("list-sender")->takes(value));
    CHECK(nobody.is_meant_by(value).has_value() == find_policy_kind("send-as")->takes(value));
    CHECK(nobody.is_meant_or_below(value).has_value() == find_policy_kind("deny-sender")->takes(value));
  }
}
