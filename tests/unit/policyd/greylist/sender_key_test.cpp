// SPDX-License-Identifier: MIT
#include "policyd/greylist/sender_key.hpp"

#include "core/printable.hpp"
#include "support/catch.hpp"
#include "support/generator.hpp"

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

TEST_CASE("Whatever the sender, its key is a key of its domain") {
  constexpr std::uint32_t kSeed = 20260615;
  const std::vector<std::string> pieces{"srs0", "srs1", "prvs", "bounce", "alice", "12", "7", "=",   "-",
                                        "+",    "_",    ".",    "@",      "x2Gq",  " ",  ",", "用户"};
  tests::Generator generator(kSeed);
  int senders = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = generator.of(pieces, 10) + "@example.org";
    const auto sender = parse_address(text);
    if (!sender) continue;
    ++senders;
    INFO(printable(text, 200));
    const std::string key = policyd::sender_key(*sender);
    CHECK(key.size() > sender->domain.size() + 1);
    CHECK(key.size() <= sender->text().size());
    CHECK(key.substr(key.size() - sender->domain.size() - 1) == '@' + sender->domain);
  }
  CHECK(senders > 5'000);
}
