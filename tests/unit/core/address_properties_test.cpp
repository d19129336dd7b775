// SPDX-License-Identifier: MIT
#include "core/address.hpp"
#include "core/printable.hpp"
#include "support/catch.hpp"
#include "support/generator.hpp"

#include <algorithm>
#include <string>

using namespace extmail;
using tests::Generator;

namespace {

constexpr std::uint32_t kSeed = 20260615;
constexpr int kTexts = 20000;

std::string make_text(Generator& generator) {
  return generator.below(2) == 0 ? generator.bytes(40) : generator.of(tests::address_pieces(), 6);
}

}  // namespace

TEST_CASE("Folding a text twice is folding it once") {
  Generator generator(kSeed);
  for (int i = 0; i < kTexts; ++i) {
    const std::string text = make_text(generator);
    INFO(printable(text, 200));
    const std::string folded = fold_case(text);
    CHECK(fold_case(folded) == folded);
    CHECK(folded.size() == text.size());
    CHECK(same_key(text, folded));
  }
}

TEST_CASE("What was quoted is what comes back") {
  Generator generator(kSeed);
  for (int i = 0; i < kTexts; ++i) {
    const std::string text = make_text(generator);
    INFO(printable(text, 200));
    const std::string quoted = quote_local(text);
    const auto back = unquote_local(quoted);
    REQUIRE(back);
    CHECK(*back == text);
    CHECK(quote_local(*back) == quoted);
  }
}

TEST_CASE("An address that was read is the same when it is written and read again") {
  Generator generator(kSeed);
  int read = 0;
  for (int i = 0; i < kTexts; ++i) {
    const std::string key = make_text(generator);
    const auto address = parse_address(key);
    if (!address) continue;
    ++read;
    INFO(printable(key, 200));
    CHECK(same_key(address->local, address->written));
    for (const auto& written : {quote_local(address->local) + '@' + address->domain,
                                quote_local(address->written) + '@' + address->domain}) {
      const auto again = parse_address(written);
      REQUIRE(again);
      CHECK(*again == *address);
    }
  }
  CHECK(read > 500);
}

TEST_CASE("A local part is cut in two, and nothing is lost") {
  Generator generator(kSeed);
  for (int i = 0; i < kTexts; ++i) {
    const std::string local = make_text(generator);
    for (const char* delimiters : {"", "+", "+-", ".-+"}) {
      INFO(printable(local, 200) << ' ' << delimiters);
      const auto split = split_extension(local, delimiters);
      CHECK(std::string(split.base).append(split.extension) == local);
      CHECK(split.base.empty() == local.empty());
      // What is left has no extension of its own.
      if (!split.extension.empty()) CHECK(split_extension(split.base, delimiters).extension.empty());
    }
  }
}

TEST_CASE("Targets have no separator in them, and joined they are the same targets") {
  Generator generator(kSeed);
  for (int i = 0; i < kTexts; ++i) {
    const std::string text = make_text(generator);
    INFO(printable(text, 200));
    const auto targets = split_goto(text);
    std::string joined;
    for (const auto& target : targets) {
      CHECK_FALSE(target.empty());
      CHECK(target.find_first_of(", \t\r\n") == std::string::npos);
      joined += target + ',';
    }
    CHECK(split_goto(joined) == targets);
  }
}
