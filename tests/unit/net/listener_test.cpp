// SPDX-License-Identifier: MIT
#include "net/listener.hpp"

#include "support/catch.hpp"

using namespace extmail;

TEST_CASE("A TCP listener is an IP address and a port") {
  struct Case {
    const char* text;
    const char* address;  ///< null is refused
    int port;
    bool is_loopback;
  };
  for (const auto& c : {
           Case{"127.0.0.1:10028", "127.0.0.1", 10028, true},
           Case{"127.9.9.9:1", "127.9.9.9", 1, true},
           Case{"[::1]:65535", "::1", 65535, true},
           Case{"[0:0::1]:25", "::1", 25, true},
           Case{"0.0.0.0:10028", "0.0.0.0", 10028, false},
           Case{"[::]:10028", "::", 10028, false},
           Case{"192.0.2.1:10028", "192.0.2.1", 10028, false},
           Case{"::1:25", nullptr, 0, false},
           Case{"[127.0.0.1]:25", nullptr, 0, false},
           Case{"localhost:25", nullptr, 0, false},
           Case{"127.0.0.1", nullptr, 0, false},
           Case{"127.0.0.1:", nullptr, 0, false},
           Case{"127.0.0.1:0", nullptr, 0, false},
           Case{"127.0.0.1:65536", nullptr, 0, false},
           Case{"127.0.0.1:25x", nullptr, 0, false},
           Case{":25", nullptr, 0, false},
           Case{"", nullptr, 0, false},
       }) {
    INFO(c.text);
    const auto listener = net::parse_tcp_listener(c.text);
    REQUIRE(listener.has_value() == (c.address != nullptr));
    if (!listener) continue;
    CHECK(listener->address == c.address);
    CHECK(listener->port == c.port);
    CHECK(listener->is_loopback() == c.is_loopback);
  }
}

TEST_CASE("A listener's description can be read back") {
  CHECK(net::describe(net::UnixListener{"/run/maps", {}, 0660}) == "/run/maps");
  for (const char* text : {"127.0.0.1:10028", "[::1]:10028"})
    CHECK(net::describe(*net::parse_tcp_listener(text)) == text);
}
