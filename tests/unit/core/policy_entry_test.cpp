// SPDX-License-Identifier: MIT
#include "core/policy_entry.hpp"

#include "support/catch.hpp"

#include <string>

using namespace extmail;

TEST_CASE("Each kind of row takes its values and no others") {
  struct Case {
    const char* kind;
    const char* value;
    bool is_taken;
  };
  for (const auto& [kind, value, is_taken] : {Case{"allow-client", "192.0.2.0/24, 2001:db8::/32", true},
                                              Case{"deny-client", "local", true},
                                              Case{"deny-client", "", false},
                                              Case{"deny-client", "mail.example.com", false},
                                              Case{"allow-sender", "user@x.test", true},
                                              Case{"deny-sender", "@x.test", true},
                                              Case{"deny-sender", "x.test", true},
                                              Case{"deny-sender", "<>", true},
                                              Case{"deny-sender", "*@x.test", false},
                                              Case{"deny-sender", "a b", false},
                                              Case{"greylist", "Off", true},
                                              Case{"greylist", "no", false},
                                              Case{"inside-only", "both", true},
                                              Case{"inside-only", "all", false},
                                              Case{"limit", "per-hour=10", true},
                                              Case{"limit", "per-hour=unlimited", true},
                                              Case{"limit", "exempt", true},
                                              Case{"limit", "per-hour", false},
                                              Case{"limit", "per-hour=-1", false},
                                              Case{"limit", "=1", false},
                                              Case{"limit", "per-hour=1 ", false},
                                              Case{"limit", "per-hour=18446744073709551616", false},
                                              Case{"list-access", "Members", true},
                                              Case{"list-access", "nobody", false},
                                              Case{"list-sender", "a@x.test", true},
                                              Case{"list-sender", "x.test", false},
                                              Case{"send-as", "*", true},
                                              Case{"send-as", "@x.test", true},
                                              Case{"send-as", "x.test", false}}) {
    INFO(kind << ' ' << value);
    const auto* known = find_policy_kind(kind);
    REQUIRE(known != nullptr);
    CHECK(known->takes(value) == is_taken);
    CHECK_FALSE(known->wanted.empty());
  }
  CHECK(find_policy_kind("limits") == nullptr);
  CHECK(find_policy_kind("") == nullptr);
}

TEST_CASE("A limit is a name and a number") {
  const auto entry = parse_limit_entry("per-hour=10");
  REQUIRE(entry);
  CHECK(entry->limit == "per-hour");
  CHECK(entry->most == 10U);
  CHECK(parse_limit_entry("per-hour=unlimited")->most == std::nullopt);
  CHECK(parse_limit_entry("exempt")->limit.empty());
}

TEST_CASE("The subject of a row is an address, a domain or everybody") {
  CHECK(policy_subject("Boss@X.test") == "boss@x.test");
  CHECK(policy_subject("@X.test") == "@x.test");
  CHECK(policy_subject("*") == "*");
  for (const char* wrong : {"", "x.test", "@", "*@x.test", "a b", "@a b"}) {
    INFO(wrong);
    CHECK_FALSE(policy_subject(wrong));
  }
}
