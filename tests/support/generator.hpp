// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <vector>

namespace extmail::tests {

/// Makes input for tests of properties: the same for the same seed, on every machine, so that a failure can be
/// run again. (The distributions of <random> differ between libraries; the engine does not.)
class Generator {
 public:
  explicit Generator(std::uint32_t seed) : engine_(seed) {}

  /// Less than bound, which is not 0.
  std::size_t below(std::size_t bound) { return engine_() % bound; }

  /// Any bytes, up to so many.
  std::string bytes(std::size_t most) {
    std::string text(below(most + 1), '\0');
    for (char& c : text)
      c = static_cast<char>(below(256));
    return text;
  }

  /// Up to so many of the pieces, one after the other; now and then a byte of chance.
  std::string of(const std::vector<std::string>& pieces, std::size_t most) {
    constexpr std::size_t kOneInSo = 12;
    std::string text;
    for (std::size_t left = below(most + 1); left > 0; --left)
      text +=
          below(kOneInSo) == 0 ? std::string(1, static_cast<char>(below(256))) : pieces[below(pieces.size())];
    return text;
  }

 private:
  std::mt19937 engine_;
};

/// What addresses are made of, and what breaks them.
inline const std::vector<std::string>& address_pieces() {
  static const std::vector<std::string> pieces{"alice",
                                               "ALICE",
                                               "support",
                                               "team",
                                               "boss",
                                               "bob",
                                               "john doe",
                                               "postmaster",
                                               "owner-",
                                               "a",
                                               "-request",
                                               "mailer-daemon",
                                               "huge",
                                               "link0",
                                               "用户",
                                               "é",
                                               "@",
                                               "@",
                                               "@test.com",
                                               "@test.com",
                                               "@TEST.com",
                                               "@other.com",
                                               "@first.com",
                                               "@catch.com",
                                               "@relayed.com",
                                               "@old.com",
                                               "@xn--bcher-kva.example",
                                               "@bücher.example",
                                               "@[127.0.0.1]",
                                               "test.com",
                                               "relayed.com",
                                               "sub.",
                                               "+",
                                               "+",
                                               "-",
                                               ".",
                                               "..",
                                               "\"",
                                               "\"",
                                               "\\",
                                               ",",
                                               " ",
                                               "\t",
                                               "\r\n",
                                               ":",
                                               ";",
                                               "<",
                                               ">",
                                               "(",
                                               ")",
                                               "*",
                                               "%",
                                               "'",
                                               "|",
                                               "/",
                                               "xn--",
                                               std::string(1, '\0'),
                                               "\x7f",
                                               "\xff",
                                               "\xc0\xaf"};
  return pieces;
}

}  // namespace extmail::tests
