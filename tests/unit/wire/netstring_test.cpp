// SPDX-License-Identifier: MIT
#include "wire/netstring.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace extmail;
using wire::split_netstring;
using State = Frame::State;

TEST_CASE("A netstring is found whole, and not before") {
  const std::string stream = "5:hello,0:,rest";
  for (std::size_t length = 0; length < 8; ++length) {
    CHECK(split_netstring(stream.substr(0, length), 100).state == State::Incomplete);
  }
  const Frame first = split_netstring(stream, 100);
  REQUIRE(first.state == State::Complete);
  CHECK(first.payload == "hello");
  CHECK(first.consumed == 8);
  const Frame second = split_netstring(std::string_view(stream).substr(8), 100);
  REQUIRE(second.state == State::Complete);
  CHECK(second.payload.empty());
  CHECK(second.consumed == 3);
}

TEST_CASE("What is no netstring is refused as soon as it shows") {
  for (const std::string input : {"x", ":", "-1:a,", "+1:a,", " 1:a,", "01:a,", "00", "1;a,", "1:ab",
                                  "101:", "1000000000", "99999999999999999999999", "get x\n"}) {
    INFO(input);
    CHECK(split_netstring(input, 100).state == State::Malformed);
  }
  CHECK(split_netstring("100:", 100).state == State::Incomplete);
}

TEST_CASE("What is written is read back, any byte") {
  std::string payload;
  for (int c = 0; c < 256; ++c)
    payload.push_back(static_cast<char>(c));
  std::string out;
  wire::append_netstring(out, payload);
  CHECK(out.size() == wire::netstring_size(payload.size()));
  CHECK(split_netstring(out, 256).payload == payload);
}
