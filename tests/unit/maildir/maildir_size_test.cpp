// SPDX-License-Identifier: MIT
#include "maildir/maildir_size.hpp"

#include "support/catch.hpp"

#include <optional>
#include <string>
#include <vector>

using namespace extmail;

TEST_CASE("What a maildirsize comes to") {
  struct Case {
    const char* text;
    std::optional<Usage> usage;
  };
  const std::vector<Case> cases{
      {"1000S\n0 0\n", Usage{0, 0}},
      {"1000S,10C\n   600           3\n", Usage{600, 3}},
      {"1000S\n600 3\n200 1\n-100 -1\n", Usage{700, 3}},
      {"\n600 3\n", Usage{600, 3}},
      {"1000S\n600 3 \r\n", Usage{600, 3}},
      {"1000S\n600 3\n99", Usage{600, 3}},
      {"1000S\n-600 -3\n700 4\n", Usage{100, 1}},
      {"", std::nullopt},
      {"1000S", std::nullopt},
      {"1000S\n", std::nullopt},
      {"1000S\n600", std::nullopt},
      {"1000S\n600\n", std::nullopt},
      {"1000S\n600 three\n", std::nullopt},
      {"1000S\n600 3 1\n", std::nullopt},
      {"1000S\n\n", std::nullopt},
      {"1000S\n600 3\n-700 0\n", std::nullopt},
      {"1000S\n600 3\n0 -4\n", std::nullopt},
      {"1000S\n9223372036854775807 1\n1 1\n", std::nullopt},
      {"1000S\n9223372036854775808 1\n", std::nullopt},
      {"root:x:0:0:root:/root:/bin/bash\nbin:x:1:1:bin\n", std::nullopt},
  };
  for (const auto& c : cases) {
    INFO(c.text);
    CHECK(maildir::read_maildir_size(c.text) == c.usage);
  }
}

TEST_CASE("A maildirsize has a bound") {
  std::string text = "1000S\n";
  while (text.size() + 4 <= maildir::kMaxMaildirSizeBytes)
    text += "1 1\n";
  CHECK(maildir::read_maildir_size(text).has_value());
  CHECK_FALSE(maildir::read_maildir_size(text + "1 1\n").has_value());
}
