// SPDX-License-Identifier: MIT
#include "wire/socketmap.hpp"

#include "support/catch.hpp"

#include <string>

using namespace extmail;
namespace socketmap = wire::socketmap;
using Result = Answer<std::string>;

TEST_CASE("A request is a map and a key, which may hold anything") {
  const auto plain = socketmap::decode_request("virtual_alias_maps support@test.com");
  REQUIRE(plain);
  CHECK(plain->map == "virtual_alias_maps");
  CHECK(plain->key == "support@test.com");

  const auto spaces = socketmap::decode_request("m  a b ");
  REQUIRE(spaces);
  CHECK(spaces->key == " a b ");

  const auto empty = socketmap::decode_request("m ");
  REQUIRE(empty);
  CHECK(empty->key.empty());

  CHECK_FALSE(socketmap::decode_request("no-space"));
  CHECK_FALSE(socketmap::decode_request(""));
}

TEST_CASE("The four outcomes have four words") {
  CHECK(socketmap::encode_reply(Result::found("a@x")) == "6:OK a@x,");
  CHECK(socketmap::encode_reply(Result::not_found()) == "9:NOTFOUND ,");
  CHECK(socketmap::encode_reply(Result::temporary_failure("away")) == "9:TEMP away,");
  CHECK(socketmap::encode_reply(Result::permanent_failure("bad")) == "8:PERM bad,");
}

TEST_CASE("What Postfix would refuse is a permanent failure with a reason") {
  CHECK(socketmap::encode_reply(Result::found("")).find("PERM ") != std::string::npos);
  const std::string longest(socketmap::kMaxReplyBytes - 3, 'x');
  CHECK(socketmap::encode_reply(Result::found(longest)).find("OK ") != std::string::npos);
  const std::string refused = socketmap::encode_reply(Result::found(longest + 'x'));
  CHECK(refused.find("PERM ") != std::string::npos);
  CHECK(refused.size() < 200);
}

TEST_CASE("Keys of 10 kB pass, larger frames are refused") {
  const auto framed = [](std::size_t bytes) {
    return std::to_string(bytes) + ":" + std::string(bytes, 'x') + ",";
  };
  CHECK(socketmap::split_request(framed(10100)).state == Frame::State::Complete);
  CHECK(socketmap::split_request(framed(socketmap::kMaxRequestBytes)).state == Frame::State::Complete);
  CHECK(socketmap::split_request(framed(socketmap::kMaxRequestBytes + 1)).state == Frame::State::Malformed);
}
