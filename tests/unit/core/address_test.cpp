// SPDX-License-Identifier: MIT
#include "core/address.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace extmail;

TEST_CASE("A key becomes an address, folded and unquoted") {
  struct Case {
    const char* key;
    const char* local;
    const char* domain;
  };
  const std::vector<Case> cases{
      {"postmaster@test.com", "postmaster", "test.com"},
      {"Postmaster@TEST.com", "postmaster", "test.com"},
      {"\"john doe\"@test.com", "john doe", "test.com"},
      {"john doe@test.com", "john doe", "test.com"},
      {"\"with\\\"quote\"@test.com", "with\"quote", "test.com"},
      {"a+b@test.com", "a+b", "test.com"},
      {"'; drop table mailbox; --@test.com", "'; drop table mailbox; --", "test.com"},
      {"用户@例子.test", "用户", "例子.test"},
  };
  for (const auto& c : cases) {
    INFO(c.key);
    const auto address = parse_address(c.key);
    REQUIRE(address);
    CHECK(address->local == c.local);
    CHECK(address->domain == c.domain);
  }
}

TEST_CASE("Keys that no row can match are no addresses") {
  const std::string nul("a\0b@test.com", 12);
  const std::vector<std::string> keys{"",
                                      "@",
                                      "*",
                                      "bare",
                                      "test.com",
                                      "@test.com",
                                      "user@",
                                      "user@[1.2.3.4]",
                                      "[1.2.3.4]",
                                      "\"x@y\"@test.com",
                                      "x@y@test.com",
                                      "\"open@test.com",
                                      "\"a\"b\"@test.com",
                                      "\"ends\\\"@test.com",
                                      "\"\"@test.com",
                                      "line\nbreak@test.com",
                                      nul,
                                      "broken\xff@test.com",
                                      "user@te st.com",
                                      std::string(10000, 'a') + "@test.com"};
  for (const auto& key : keys) {
    INFO(key.substr(0, 80));
    CHECK_FALSE(parse_address(key));
  }
}

TEST_CASE("A domain key is a name and nothing else") {
  CHECK(parse_domain("Test.COM") == std::optional<std::string>("test.com"));
  for (const std::string key : {"", "user@test.com", "[1.2.3.4]", "te st.com", "\"x\"", "a\tb", "\xc3"}) {
    INFO(key);
    CHECK_FALSE(parse_domain(key));
  }
}

TEST_CASE("Extensions are cut as Postfix cuts them") {
  struct Case {
    const char* local;
    const char* delimiters;
    const char* base;
    const char* extension;
  };
  const std::vector<Case> cases{
      {"user+tag", "+", "user", "+tag"},
      {"user+a+b", "+", "user", "+a+b"},
      {"user-tag", "+-", "user", "-tag"},
      {"user+a-b", "-+", "user", "+a-b"},
      {"user+", "+", "user", "+"},
      {"user", "+", "user", ""},
      {"user+tag", "", "user+tag", ""},
      {"+tag", "+", "+tag", ""},
      {"owner-list", "-", "owner-list", ""},
      {"Owner-list", "-", "Owner-list", ""},
      {"list-request", "-", "list-request", ""},
      {"list-request+x", "+", "list-request", "+x"},
      {"mailer-daemon", "-", "mailer-daemon", ""},
      {"double-bounce", "-", "double-bounce", ""},
      {"-request", "-", "-request", ""},
      {"owner+list", "+", "owner", "+list"},
  };
  for (const auto& c : cases) {
    INFO(c.local << " by " << c.delimiters);
    const auto split = split_extension(c.local, c.delimiters);
    CHECK(split.base == c.base);
    CHECK(split.extension == c.extension);
  }
}

TEST_CASE("Local parts are quoted when they need it, and come back") {
  struct Case {
    const char* plain;
    const char* quoted;
  };
  const std::vector<Case> cases{
      {"user", "user"},       {"user+tag", "user+tag"}, {"a.b", "a.b"},   {"o'neil", "o'neil"},
      {"a b", "\"a b\""},     {"a,b", "\"a,b\""},       {".a", "\".a\""}, {"a..b", "\"a..b\""},
      {"q\"q", "\"q\\\"q\""}, {"b\\s", "\"b\\\\s\""},   {"用户", "用户"},
  };
  for (const auto& c : cases) {
    INFO(c.plain);
    CHECK(quote_local(c.plain) == c.quoted);
    CHECK(unquote_local(c.quoted) == std::optional<std::string>(c.plain));
  }
}

TEST_CASE("goto is split at commas and white space") {
  using List = std::vector<std::string>;
  CHECK(split_goto("a@x,b@y") == List{"a@x", "b@y"});
  CHECK(split_goto(" a@x , b@y,\n,c@z ") == List{"a@x", "b@y", "c@z"});
  CHECK(split_goto("").empty());
  CHECK(split_goto(" , ,").empty());
}

TEST_CASE("Keys are compared without case, and exactly otherwise") {
  CHECK(same_key("User@Test.com", "user@test.COM"));
  CHECK_FALSE(same_key("user@test.com ", "user@test.com"));
  CHECK_FALSE(same_key("us\xc3\xa9r@test.com", "user@test.com"));
}
