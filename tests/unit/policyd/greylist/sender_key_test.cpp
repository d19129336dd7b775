// SPDX-License-Identifier: MIT
#include "policyd/greylist/sender_key.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace extmail;

TEST_CASE("A sender that has an address for each mail is one sender") {
  struct Case {
    const char* sender;
    const char* key;
  };
  const std::vector<Case> cases{
      {"Bob@Example.org", "bob@example.org"},
      {"bob+2026@example.org", "bob@example.org"},
      {"+x@example.org", "+x@example.org"},
      {"news+alice=test.com@example.org", "news@example.org"},
      {"bounce-71-8842-alice=test.com@example.org", "bounce-#-#-alice=test.com@example.org"},
      {"bounce-72-9913-alice=test.com@example.org", "bounce-#-#-alice=test.com@example.org"},
      {"list-return-17@example.org", "list-return-#@example.org"},
      {"m.1.2_3@example.org", "m.#.#_#@example.org"},
      {"bob7@example.org", "bob7@example.org"},
      {"10001@qq.com", "10001@qq.com"},
      {"10002@qq.com", "10002@qq.com"},
      {"prvs=1234abcdef=bob@example.org", "bob@example.org"},
      {"prvs=9876fedcba=bob+x@example.org", "bob@example.org"},
      {"prvs=1234abcdef@example.org", "prvs=1234abcdef@example.org"},
      {"SRS0=x2Gq=4F=example.com=bob@forwarder.org", "srs0=example.com=bob@forwarder.org"},
      {"SRS0+9hJk=4G=example.com=bob@forwarder.org", "srs0=example.com=bob@forwarder.org"},
      {"SRS1=aBcD=other.org==x2Gq=4F=example.com=bob@forwarder.org", "srs1=other.org@forwarder.org"},
      {"SRS1=zZzZ=other.org==9hJk=4G=example.com=bob@forwarder.org", "srs1=other.org@forwarder.org"},
      {"srs0@example.org", "srs0@example.org"},
      {"srs0=@example.org", "srs0=@example.org"},
      {"srs0=x=y@example.org", "srs0=x=y@example.org"},
      {"-@example.org", "-@example.org"},
  };
  for (const auto& c : cases) {
    INFO(c.sender);
    const auto sender = parse_address(c.sender);
    REQUIRE(sender);
    CHECK(policyd::sender_key(*sender) == c.key);
  }
}
