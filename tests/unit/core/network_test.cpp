// SPDX-License-Identifier: MIT
#include "core/network.hpp"

#include "support/catch.hpp"

#include <string>

using namespace extmail;
using namespace std::string_literals;

namespace {

bool holds(const char* network, const char* address) {
  return Network::parse(network)->contains(*IpAddress::parse(address));
}

NetworkList list(const std::string& text) {
  const auto parsed = NetworkList::parse(text);
  INFO(text << ": " << parsed.reason());
  REQUIRE(parsed.is_found());
  return parsed.value();
}

}  // namespace

TEST_CASE("Addresses are read in every form that hosts write") {
  CHECK(IpAddress::parse("192.0.2.1")->is_v4());
  CHECK_FALSE(IpAddress::parse("2001:db8::1")->is_v4());
  CHECK(IpAddress::parse("::ffff:192.0.2.1") == IpAddress::parse("192.0.2.1"));
  CHECK(IpAddress::parse("::ffff:c000:201") == IpAddress::parse("192.0.2.1"));
  CHECK(IpAddress::parse("2001:DB8:0::1") == IpAddress::parse("2001:db8::1"));
  CHECK(IpAddress::parse("fe80::1%eth0") == IpAddress::parse("fe80::1"));
  CHECK(IpAddress::parse("0000:0000:0000:0000:0000:ffff:192.168.100.100"));
}

TEST_CASE("What is no address is none") {
  for (const auto& text : {""s, "local"s, "192.0.2"s, "192.0.2.256"s, "192.0.2.1 "s, " ::1"s, "192.0.2.1\0"s,
                           "[::1]"s, "::1/128"s, "1.2.3.4:5"s, "%eth0"s, std::string(100, '1')}) {
    INFO(text);
    CHECK_FALSE(IpAddress::parse(text));
  }
}

TEST_CASE("A network holds the addresses with its prefix") {
  CHECK(holds("192.0.2.0/24", "192.0.2.255"));
  CHECK_FALSE(holds("192.0.2.0/24", "192.0.3.0"));
  CHECK(holds("192.0.2.77/24", "192.0.2.1"));
  CHECK(holds("192.0.2.128/25", "192.0.2.129"));
  CHECK_FALSE(holds("192.0.2.128/25", "192.0.2.127"));
  CHECK(holds("0.0.0.0/0", "203.0.113.9"));
  CHECK(holds("192.0.2.1", "192.0.2.1"));
  CHECK_FALSE(holds("192.0.2.1", "192.0.2.2"));
  CHECK(holds("2001:db8::/33", "2001:db8:7fff::1"));
  CHECK_FALSE(holds("2001:db8::/33", "2001:db8:8000::1"));
  CHECK(holds("::1/128", "::1"));
}

TEST_CASE("IPv4 and IPv6 hold nothing of each other, however IPv4 is written") {
  CHECK_FALSE(holds("::/0", "192.0.2.1"));
  CHECK_FALSE(holds("0.0.0.0/0", "2001:db8::1"));
  CHECK(holds("::ffff:192.0.2.0/120", "192.0.2.9"));
  CHECK(holds("192.0.2.0/24", "::ffff:192.0.2.9"));
  CHECK(holds("::ffff:0:0/96", "203.0.113.9"));
  CHECK(Network::parse("::ffff:192.0.2.0/120") == Network::parse("192.0.2.0/24"));
}

TEST_CASE("A network can be made of an address") {
  CHECK(Network(*IpAddress::parse("192.0.2.9"), 24) == Network::parse("192.0.2.0/24"));
  CHECK(Network(*IpAddress::parse("2001:db8::9"), 64) == Network::parse("2001:db8::/64"));
}

TEST_CASE("What is no network is none") {
  for (const char* text : {"", "/24", "192.0.2.0/", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/+1",
                           "192.0.2.0/24x", "192.0.2.0/ 24", "2001:db8::/129", "::ffff:192.0.2.0/24",
                           "192.0.2.0/255.255.255.0", "192.0.2.0/99999999999999999999", "example.com"}) {
    INFO(text);
    CHECK_FALSE(Network::parse(text));
  }
}

TEST_CASE("A list takes commas and blanks, and the word for nobody knows where") {
  const NetworkList networks = list(" 192.0.2.0/24,2001:db8::/32 , ::1\tLocal\n");
  CHECK(networks.contains(IpAddress::parse("192.0.2.1")));
  CHECK(networks.contains(IpAddress::parse("2001:db8:1::1")));
  CHECK(networks.contains(IpAddress::parse("::1")));
  CHECK(networks.contains(std::nullopt));
  CHECK_FALSE(networks.contains(IpAddress::parse("192.0.3.1")));
  CHECK_FALSE(list("192.0.2.0/24").contains(std::nullopt));
  CHECK_FALSE(list("local").contains(IpAddress::parse("127.0.0.1")));
  CHECK_FALSE(list("local").is_empty());
}

TEST_CASE("An empty list holds nobody") {
  CHECK(list("").is_empty());
  CHECK(list(" , ").is_empty());
  CHECK_FALSE(list("").contains(IpAddress::parse("192.0.2.1")));
  CHECK_FALSE(list("").contains(std::nullopt));
}

TEST_CASE("The part of a list that is wrong is named") {
  const auto wrong = NetworkList::parse("192.0.2.0/24, 192.0.2.0/99, ::1");
  CHECK(wrong.outcome() == Outcome::PermanentFailure);
  CHECK(wrong.reason().find("\"192.0.2.0/99\" is no network") == 0);
  CHECK(NetworkList::parse("a\nb\x01").reason().find("\"a\" is no") == 0);
  CHECK(NetworkList::parse("\x01").reason().find("\"\\x01\" is no") == 0);
}

TEST_CASE("A list has an end") {
  std::string text;
  for (std::size_t i = 0; i < NetworkList::kMaxNetworks; ++i)
    text += "::1 ";
  CHECK(NetworkList::parse(text).is_found());
  CHECK(NetworkList::parse(text + "::1").reason() == "there are more than 1000 networks");
}
