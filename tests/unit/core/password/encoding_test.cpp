// SPDX-License-Identifier: MIT
#include "core/password/encoding.hpp"

#include "core/password/rounds.hpp"
#include "support/catch.hpp"

#include <string>

using namespace extmail;
using namespace extmail::password;

namespace {

std::string text_of(const std::optional<Secret>& decoded) {
  return decoded ? std::string(decoded->view()) : "(nothing)";
}

}  // namespace

TEST_CASE("Hexadecimal digits are read in either case") {
  CHECK(text_of(decode_hex("6578746D61696c")) == "extmail");
  CHECK(text_of(decode_hex("")).empty());
  CHECK(text_of(decode_hex("00ff")) == std::string("\0\xff", 2));
  for (const std::string text : {"6", "657", "6g", "65 78", "0x65", "65\n", " 65", "\xff\xff"}) {
    INFO(text);
    CHECK_FALSE(decode_hex(text));
  }
}

TEST_CASE("Base64 is read with its padding or without") {
  CHECK(text_of(decode_base64("ZXh0bWFpbA==")) == "extmail");
  CHECK(text_of(decode_base64("ZXh0bWFpbA")) == "extmail");
  CHECK(text_of(decode_base64("ZXh0bWFpbGVy")) == "extmailer");
  CHECK(text_of(decode_base64("+/+/")) == "\xfb\xff\xbf");
  CHECK(text_of(decode_base64("")).empty());
  for (const std::string text :
       {"Z", "ZXh0bWFpbA=", "ZXh0bWFpbA===", "=", "====", "ZXh0bWFpbB==", "ZXh0 bWFpbA==", "ZXh0bWFpbA==\n",
        "-_-_", "ZX=0", "+\xaf+/", "\xff\xff\xff\xff"}) {
    INFO(text);
    CHECK_FALSE(decode_base64(text));
  }
}

TEST_CASE("Rounds are a number within the limit") {
  CHECK(read_rounds("1") == 1);
  CHECK(read_rounds(std::to_string(kMaxRounds)) == kMaxRounds);
  for (const std::string& text :
       {std::string(), std::string("0"), std::string("-1"), std::string("+1"), std::string(" 1"),
        std::string("1 "), std::string("1e3"), std::string("0x10"), std::to_string(kMaxRounds + 1),
        std::string("99999999999999999999")}) {
    INFO(text);
    CHECK_FALSE(read_rounds(text));
  }
}
