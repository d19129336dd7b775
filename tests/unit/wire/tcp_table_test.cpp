// SPDX-License-Identifier: MIT
#include "wire/tcp_table.hpp"

#include "support/catch.hpp"

#include <string>

using namespace extmail;
namespace tcp_table = wire::tcp_table;
using Result = Answer<std::string>;
using Kind = tcp_table::Request::Kind;

TEST_CASE("A request is a line, ended as any program ends one") {
  const auto frame = tcp_table::split_request("get a@x\r\nget b@x\n");
  REQUIRE(frame.state == Frame::State::Complete);
  CHECK(frame.payload == "get a@x");
  CHECK(frame.consumed == 9);
  CHECK(tcp_table::split_request("get a@x").state == Frame::State::Incomplete);
  CHECK(tcp_table::split_request("\n").payload.empty());

  const std::string longest = "get " + std::string(tcp_table::kMaxRequestBytes - 5, 'x');
  CHECK(tcp_table::split_request(longest + "\n").state == Frame::State::Complete);
  CHECK(tcp_table::split_request(longest + "xx").state == Frame::State::Malformed);
}

TEST_CASE("Keys are decoded as Postfix encodes them") {
  struct Case {
    const char* line;
    Kind kind;
    const char* key;
  };
  for (const auto& c : {
           Case{"get alice@test.com", Kind::Get, "alice@test.com"},
           Case{"get a%20b%25%c3%A9", Kind::Get, "a b%\xc3\xa9"},
           Case{"get ", Kind::Get, ""},
           Case{"get a b", Kind::Get, "a b"},
           Case{"get %4", Kind::Broken, ""},
           Case{"get %zz", Kind::Broken, ""},
           Case{"put a b", Kind::Other, ""},
           Case{"GET a", Kind::Other, ""},
           Case{"get", Kind::Other, ""},
           Case{"", Kind::Other, ""},
       }) {
    INFO(c.line);
    const auto request = tcp_table::decode_request(c.line);
    CHECK(request.kind == c.kind);
    CHECK(request.key == c.key);
  }
}

TEST_CASE("Three codes stand for the four outcomes") {
  CHECK(tcp_table::encode_reply(Result::found("a@x,b@x")) == "200 a@x,b@x\n");
  CHECK(tcp_table::encode_reply(Result::found("550 5.2.1 gone\n%")) == "200 550%205.2.1%20gone%0A%25\n");
  CHECK(tcp_table::encode_reply(Result::not_found()) == "500 not%20found\n");
  CHECK(tcp_table::encode_reply(Result::temporary_failure("away")) == "400 away\n");
  CHECK(tcp_table::encode_reply(Result::permanent_failure("bad")) == "400 bad\n");
  CHECK(tcp_table::encode_refusal().substr(0, 4) == "500 ");
}

TEST_CASE("A reply that Postfix would refuse is a failure with a reason") {
  CHECK(tcp_table::encode_reply(Result::found("")).substr(0, 4) == "400 ");
  const std::string longest(tcp_table::kMaxReplyBytes - 5, 'x');
  CHECK(tcp_table::encode_reply(Result::found(longest)).size() == tcp_table::kMaxReplyBytes);
  CHECK(tcp_table::encode_reply(Result::found(longest + 'x')).substr(0, 4) == "400 ");
  CHECK(tcp_table::encode_reply(Result::found(std::string(2000, ' '))).substr(0, 4) == "400 ");
  CHECK(tcp_table::encode_reply(Result::temporary_failure(std::string(9000, ' '))).size() <=
        tcp_table::kMaxReplyBytes);
}
