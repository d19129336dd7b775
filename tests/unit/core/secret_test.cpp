// SPDX-License-Identifier: MIT
#include "core/secret.hpp"

#include "support/catch.hpp"

#include <string>
#include <utility>

using namespace extmail;

TEST_CASE("A secret moves and leaves nothing behind") {
  for (const std::string text :
       {"short", "long enough to live outside of the string object itself, on the heap"}) {
    Secret first(text);
    Secret second(std::move(first));
    CHECK(second.view() == text);
    CHECK(first.empty());  // NOLINT(bugprone-use-after-move): what is left is what is tested
    Secret third;
    third = std::move(second);
    CHECK(third.view() == text);
    CHECK(third.clone().view() == text);
  }
}

TEST_CASE("A secret grows") {
  Secret secret;
  std::string expected;
  for (int i = 0; i < 200; ++i) {
    secret.append("piece");
    expected += "piece";
  }
  CHECK(secret.view() == expected);
}

TEST_CASE("Wiping reaches what an earlier value left") {
  std::string text = "a password that is longer than any short string";
  const char* memory = text.data();
  const std::size_t size = text.size();
  text.resize(1);
  wipe(text);
  CHECK(text.empty());
  // NOLINTNEXTLINE(clang-analyzer-cplusplus.InnerPointer): shrinking does not reallocate
  CHECK(std::string(memory, size) == std::string(size, '\0'));
}

TEST_CASE("Comparison sees every difference") {
  CHECK(constant_time_equal("", ""));
  CHECK(constant_time_equal("abc", "abc"));
  CHECK_FALSE(constant_time_equal("abc", "abd"));
  CHECK_FALSE(constant_time_equal("abc", "ab"));
}
