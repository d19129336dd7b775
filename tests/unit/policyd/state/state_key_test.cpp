// SPDX-License-Identifier: MIT
#include "policyd/state/state_key.hpp"

#include "policyd/client_network.hpp"
#include "policyd/state/state.hpp"
#include "support/catch.hpp"

#include <set>
#include <string>
#include <vector>

using namespace extmail;
using policyd::State;
using policyd::state_key;

TEST_CASE("Keys of the state keep their parts apart") {
  CHECK(state_key({"one"}) == "one");
  CHECK(state_key({"192.0.2.0/24", "<>", "alice@test.com"}) == "192.0.2.0/24\t<>\talice@test.com");
  CHECK(state_key({"ab", "c"}) != state_key({"a", "bc"}));
  CHECK(state_key({"a", ""}) != state_key({"a"}));
  CHECK(state_key({policyd::key_part("a\tb"), "c"}) != state_key({"a", policyd::key_part("b\tc")}));
  CHECK(policyd::key_part("a\tb\x01\x7f\xc3\xa9") == "a?b??\xc3\xa9");
}

TEST_CASE("A key that is too long is shortened, to one that nothing else has") {
  const std::string longest(State::kMaxKeyBytes, 'x');
  CHECK(state_key({longest}) == longest);

  std::set<std::string> keys;
  std::size_t count = 0;
  for (const std::size_t more : {1U, 2U, 1000U}) {
    for (const char last : {'y', 'z'}) {
      const std::string key = state_key({longest + std::string(more, last), "alice@test.com"});
      CHECK(key.size() <= State::kMaxKeyBytes);
      CHECK(key.substr(0, 100) == longest.substr(0, 100));
      CHECK(state_key({policyd::key_part(key)}) != key);
      keys.insert(key);
      ++count;
    }
  }
  CHECK(keys.size() == count);
}

TEST_CASE("Clients of a network have one text") {
  struct Case {
    const char* client;
    const char* network;
  };
  const std::vector<Case> cases{
      {"192.0.2.77", "192.0.2.0/24"},
      {"::ffff:192.0.2.77", "192.0.2.0/24"},
      {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
      {"::1", "::/64"},
  };
  for (const auto& c : cases) {
    INFO(c.client);
    CHECK(policyd::client_network(*IpAddress::parse(c.client), {}) == c.network);
  }
  CHECK(policyd::client_network(*IpAddress::parse("192.0.2.77"), {.ipv4 = 32, .ipv6 = 128}) ==
        "192.0.2.77/32");
  CHECK(policyd::client_network(*IpAddress::parse("2001:db8::77"), {.ipv4 = 32, .ipv6 = 128}) ==
        "2001:db8::77/128");
  CHECK(policyd::client_network(*IpAddress::parse("192.0.2.77"), {.ipv4 = 0, .ipv6 = 0}) == "0.0.0.0/0");
}
