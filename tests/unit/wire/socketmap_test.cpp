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

TEST_CASE("A request is framed as Postfix frames it, and what no server would take is none") {
  CHECK(socketmap::encode_request({"a_map", "user@test.com"}) == "19:a_map user@test.com,");
  CHECK(socketmap::encode_request({"a_map", ""}) == "6:a_map ,");
  CHECK(socketmap::encode_request({"", "key"}).empty());
  CHECK(socketmap::encode_request({"a map", "key"}).empty());
  CHECK(socketmap::encode_request({"m", std::string(socketmap::kMaxRequestBytes, 'x')}).empty());
}

TEST_CASE("A reply is read as Postfix reads it") {
  for (const auto& answer : {Result::found("a@x,b@x"), Result::not_found(), Result::temporary_failure("away"),
                             Result::permanent_failure("bad row")}) {
    const std::string reply = socketmap::encode_reply(answer);
    const auto frame = socketmap::split_reply(reply);
    REQUIRE(frame.state == Frame::State::Complete);
    const auto read = socketmap::decode_reply(frame.payload);
    CHECK(read.outcome() == answer.outcome());
    CHECK(read.reason() == answer.reason());
    if (read.is_found()) CHECK(read.value() == answer.value());
  }
  CHECK(socketmap::decode_reply("TIMEOUT slow").outcome() == Outcome::TemporaryFailure);
  for (const char* strange : {"", "ok x", "FOUND x"})
    CHECK(socketmap::decode_reply(strange).outcome() == Outcome::TemporaryFailure);
  CHECK(socketmap::decode_reply("OK ").outcome() == Outcome::PermanentFailure);
  const std::string longest = std::to_string(socketmap::kMaxReplyBytes + 1) + ":";
  CHECK(socketmap::split_reply(longest).state == Frame::State::Malformed);
}
