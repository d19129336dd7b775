// SPDX-License-Identifier: MIT
#include "core/printable.hpp"

#include "support/catch.hpp"

#include <string>

using extmail::count_printable;
using extmail::log_value;
using extmail::printable;

TEST_CASE("What strangers send can't forge or break log lines") {
  CHECK(printable("plain text", 100) == "plain text");
  CHECK(printable("用户", 100) == "用户");
  CHECK(printable("a\nlogin_ok: b", 100) == "a\\x0alogin_ok: b");
  CHECK(printable("\x1b[31m", 100) == "\\x1b[31m");
  CHECK(printable("\xff\xc3", 100) == "\\xff\\xc3");
  CHECK(printable(std::string("a\0b", 3), 100) == "a\\x00b");
  CHECK(printable("a\u2028b\u202ec\u0085", 100) == "a\\xe2\\x80\\xa8b\\xe2\\x80\\xaec\\xc2\\x85");
  CHECK(printable(std::string(5000, 'x'), 100).size() < 110);
}

TEST_CASE("A value can't pass for further fields") {
  CHECK(log_value("alice@test.com") == "alice@test.com");
  CHECK(log_value("") == "\"\"");
  CHECK(log_value("a service=imap") == "\"a service=imap\"");
  CHECK(log_value("a\" remote=\"1") == "\"a\\\" remote=\\\"1\"");
}

TEST_CASE("Characters are counted, not bytes, and only of text that is printable as it is") {
  CHECK(count_printable("") == 0U);
  CHECK(count_printable("plain text") == 10U);
  CHECK(count_printable("用户 é") == 4U);
  for (const std::string& text :
       {std::string("a\nb"), std::string("\x7f"), std::string("a\0", 2), std::string("\xff"),
        std::string("用\xe6\x88"), std::string("\xc0\xaf"), std::string("\xed\xa0\x80"),
        std::string("a\u0085"), std::string("a\u202e")}) {
    INFO(text);
    CHECK_FALSE(count_printable(text));
  }
}
