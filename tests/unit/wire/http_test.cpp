// SPDX-License-Identifier: MIT
#include "wire/http.hpp"

#include "support/catch.hpp"

#include <string>

using namespace extmail;
namespace http = wire::http;
using Kind = http::Request::Kind;

TEST_CASE("A request is all up to its empty line, with either end of line") {
  struct Case {
    std::string text;
    std::size_t consumed;
  };
  for (const auto& c : {
           Case{"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 27},
           Case{"GET / HTTP/1.0\n\nmore", 16},
           Case{"GET / HTTP/1.0\n\r\nmore", 17},
           Case{"GET / HTTP/1.0\r\n\nmore", 17},
           Case{std::string("GET / HTTP/1.0\n\n\0", 17), 16},  // what follows is none of its business
           Case{"\r\n", 2},
       }) {
    INFO(c.text);
    const auto frame = http::split_request(c.text);
    REQUIRE(frame.state == Frame::State::Complete);
    CHECK(frame.consumed == c.consumed);
    for (std::size_t cut = 0; cut < c.consumed; ++cut)
      CHECK(http::split_request(c.text.substr(0, cut)).state == Frame::State::Incomplete);
  }
}

TEST_CASE("A head has its limit") {
  const std::string start = "GET / HTTP/1.0\r\nX: ";
  const std::string longest = start + std::string(http::kMaxHeadBytes - start.size() - 4, 'x') + "\r\n\r\n";
  REQUIRE(longest.size() == http::kMaxHeadBytes);
  CHECK(http::split_request(longest).state == Frame::State::Complete);
  CHECK(http::split_request('x' + longest).state == Frame::State::Malformed);
  CHECK(http::split_request(std::string(http::kMaxHeadBytes - 1, 'x')).state == Frame::State::Incomplete);
  CHECK(http::split_request(std::string(http::kMaxHeadBytes, 'x')).state == Frame::State::Malformed);
}

TEST_CASE("What is no HTTP is refused as soon as it shows") {
  CHECK(http::split_request(std::string("\x16\x03\x01\x02\0", 5)).state == Frame::State::Malformed);  // TLS
  CHECK(http::split_request("GET / HTTP/1.1\r\nHost: \x7f\r\n\r\n").state == Frame::State::Malformed);
  CHECK(http::split_request("GET / HTTP/1.1\r\nHost:\tx\r\nX: \xc3\xa9\r\n\r\n").state ==
        Frame::State::Complete);
}

TEST_CASE("The request line is read strictly") {
  struct Case {
    const char* head;
    Kind kind;
    const char* path;
  };
  for (const auto& c : {
           Case{"GET /metrics HTTP/1.1\r\nHost: localhost:9731\r\n\r\n", Kind::Get, "/metrics"},
           Case{"GET /metrics?name[]=up HTTP/1.1\r\nUser-Agent: x\r\nHOST:\r\n\r\n", Kind::Get, "/metrics"},
           Case{"GET /metrics HTTP/1.0\n\n", Kind::Get, "/metrics"},
           Case{"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n", Kind::Head, "/"},
           Case{"POST /metrics HTTP/1.1\r\nHost: x\r\n\r\n", Kind::Other, "/metrics"},
           Case{"get /metrics HTTP/1.1\r\nHost: x\r\n\r\n", Kind::Other, "/metrics"},
           Case{"GET /metrics HTTP/1.1\r\n\r\n", Kind::Broken, ""},
           Case{"GET /metrics HTTP/1.1\r\nX-Host: x\r\n\r\n", Kind::Broken, ""},
           Case{"GET /metrics HTTP/1.1\r\nHost: x\r\nhost: y\r\n\r\n", Kind::Broken, ""},
           Case{"GET /metrics HTTP/2.0\r\nHost: x\r\n\r\n", Kind::Broken, ""},
           Case{"GET /metrics HTTP/1.x\r\nHost: x\r\n\r\n", Kind::Broken, ""},
           Case{"GET /metrics\r\nHost: x\r\n\r\n", Kind::Broken, ""},
           Case{"GET  HTTP/1.0\r\n\r\n", Kind::Broken, ""},
           Case{"GET  /metrics HTTP/1.0\r\n\r\n", Kind::Broken, ""},
           Case{"GET /a b HTTP/1.0\r\n\r\n", Kind::Broken, ""},
           Case{" /metrics HTTP/1.0\r\n\r\n", Kind::Broken, ""},
           Case{"GET\r\n\r\n", Kind::Broken, ""},
           Case{"\r\n", Kind::Broken, ""},
           Case{"", Kind::Broken, ""},
       }) {
    INFO(c.head);
    const auto request = http::decode_request(c.head);
    CHECK(request.kind == c.kind);
    CHECK(request.path == c.path);
  }
}

TEST_CASE("A response says how long it is, and that it is the last") {
  CHECK(
      http::encode_response({200, "text/plain", "up 1\n"}, Kind::Get) ==
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nConnection: close\r\n\r\nup 1\n");
  CHECK(http::encode_response({200, "text/plain", "up 1\n"}, Kind::Head) ==
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nConnection: close\r\n\r\n");
  const auto refusal = http::encode_response({405, "text/plain", ""}, Kind::Other);
  CHECK(refusal.find("HTTP/1.1 405 Method Not Allowed\r\n") == 0);
  CHECK(refusal.find("\r\nAllow: GET, HEAD\r\n") != std::string::npos);
  CHECK(http::encode_response({404, "text/plain", ""}, Kind::Get).find("HTTP/1.1 404 Not Found\r\n") == 0);
  CHECK(http::encode_response({400, "text/plain", ""}, Kind::Broken).find("HTTP/1.1 400 Bad Request\r\n") ==
        0);
}
