// SPDX-License-Identifier: MIT
#include "ctl/objects/goto_list.hpp"

#include "ctl/objects/alias.hpp"
#include "ctl/problem.hpp"
#include "support/catch.hpp"

#include <string>

using namespace extmail::ctl;
using extmail::tests::contains_text;

TEST_CASE("A goto is written as ExtMan writes it") {
  struct Case {
    const char* given;
    const char* stored;
  };
  for (const auto& [given, stored] :
       {Case{"a@x.test", "a@x.test"}, Case{"a@x.test, B@y.test", "a@x.test,B@y.test"},
        Case{"@other.test", "@other.test"}, Case{"support", "support"},
        Case{"a+b=c-d_e.f@x.test", "a+b=c-d_e.f@x.test"}}) {
    INFO(given);
    CHECK(GotoList::of_given(given).stored() == stored);
  }
}

TEST_CASE("What ExtMan would strip from a goto is refused") {
  struct Case {
    const char* given;
    const char* says;
  };
  for (const auto& [given, says] :
       {Case{"a'b@x.test", "would strip"}, Case{"\"a b\"@x.test", "would strip"},
        Case{"a@中文.test", "A-label"}, Case{"|/bin/sh", "would strip"}, Case{"/etc/passwd", "would strip"},
        Case{"a@x.test;b@y.test", "would strip"}, Case{"a@", "is no address"}, Case{"@", "is no address"},
        Case{"a@b@x.test", "is no address"}, Case{"a@.test", "is no address"},
        Case{"a@x.test,A@X.test", "is there twice"}, Case{"", "lead somewhere"},
        Case{" , ", "lead somewhere"}}) {
    INFO(given);
    CHECK_THROWS_WITH(GotoList::of_given(given), contains_text(says));
    CHECK_THROWS_AS(GotoList::of_given(given), Misuse);
  }
}

TEST_CASE("A goto that the column has no room for is refused") {
  GotoList list;
  for (int i = 0; i < 7000; ++i)
    list.add("user" + std::to_string(i) + "@x.test");
  CHECK_THROWS_AS(list.stored(), Refused);
}

TEST_CASE("Entries of a goto are whole addresses in whatever case") {
  auto list = GotoList::of_stored("ann@x.test, Bob@x.test,joann@x.test");
  CHECK(list.contains("ANN@X.test"));
  CHECK_FALSE(list.contains("nn@x.test"));
  CHECK_FALSE(list.add("bob@X.TEST"));
  CHECK(list.remove("ann@x.test"));
  CHECK_FALSE(list.remove("ann@x.test"));
  CHECK(list.stored() == "Bob@x.test,joann@x.test");
  CHECK(list.replace("bob@x.test", "rob@x.test"));
  CHECK_FALSE(list.replace("bob@x.test", "rob@x.test"));
  CHECK(list.stored() == "rob@x.test,joann@x.test");
  CHECK(list.replace("rob@x.test", "joann@x.test"));
  CHECK(list.stored() == "joann@x.test");
}

TEST_CASE("The address of an alias is one that ExtMan makes") {
  const Alias alias;
  CHECK(alias.to_key("Support@X.Test") == "support@x.test");
  CHECK(alias.to_key("@X.Test") == "@x.test");
  for (const std::string& given :
       {std::string(), std::string("support"), std::string("@"), std::string("a b@x.test"),
        std::string("a@x.test,b@x.test"), std::string("a@x.test "), std::string(250, 'a') + "@x.test",
        std::string("*@x.test")}) {
    INFO(given);
    CHECK_THROWS_AS(alias.to_key(given), Misuse);
  }
}
