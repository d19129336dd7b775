// SPDX-License-Identifier: MIT
#include "core/password.hpp"
#include "core/printable.hpp"
#include "support/catch.hpp"
#include "support/generator.hpp"
#include "vectors.hpp"

#include <cctype>

using namespace extmail;
using tests::Generator;
using tests::password_vectors;

namespace {

constexpr std::uint32_t kSeed = 20261125;

/// All of a quick one; none of those that are too costly to be tried often and have others of their kind.
std::vector<std::size_t> some_places(const tests::PasswordVector& vector, Generator& generator) {
  constexpr int kOfSlow = 20;
  std::vector<std::size_t> places;
  if (vector.speed == tests::Speed::Costly) return places;
  if (vector.speed == tests::Speed::Slow) {
    for (int i = 0; i < kOfSlow; ++i)
      places.push_back(generator.below(vector.stored.size()));
  } else {
    for (std::size_t i = 0; i < vector.stored.size(); ++i)
      places.push_back(i);
  }
  return places;
}

bool is_same_by_design(const std::string& stored, std::size_t place, unsigned bit) {
  constexpr unsigned kCase = 0x20;
  // Names of schemes and hexadecimal digits may have either case.
  if (bit == kCase && std::isalpha(static_cast<unsigned char>(stored[place])) != 0) return true;
  // The x of $2x$ stands for a fault that shows only with a password that is not ASCII.
  return stored[place] == 'y' && place >= 2 && stored.compare(place - 2, 4, "$2y$") == 0;
}

}  // namespace

TEST_CASE("With one bit changed nothing matches") {
  Generator generator(kSeed);
  for (const auto& vector : password_vectors()) {
    for (const std::size_t place : some_places(vector, generator)) {
      const unsigned bit = 1U << generator.below(8);
      if (is_same_by_design(vector.stored, place, bit)) continue;
      std::string changed = vector.stored;
      changed[place] = static_cast<char>(static_cast<unsigned char>(changed[place]) ^ bit);
      INFO(vector.stored << " -> " << printable(changed, 300));
      CHECK(check_password(vector.password, changed) != PasswordCheck::Match);
    }
  }
}

TEST_CASE("Cut short nothing matches, but for padding") {
  Generator generator(kSeed);
  for (const auto& vector : password_vectors()) {
    for (const std::size_t place : some_places(vector, generator)) {
      if (vector.stored.find_first_not_of('=', place) == std::string::npos) continue;
      INFO(vector.stored << " cut to " << place);
      CHECK(check_password(vector.password, vector.stored.substr(0, place)) != PasswordCheck::Match);
    }
  }
}

TEST_CASE("With more behind it nothing matches") {
  for (const auto& vector : password_vectors()) {
    if (vector.speed == tests::Speed::Costly) continue;
    for (const std::string more : {"x", " ", "\n", "=", ",", "$", "A", "00", "AAAA"}) {
      INFO(vector.stored << " + " << printable(more, 10));
      CHECK(check_password(vector.password, vector.stored + more) != PasswordCheck::Match);
    }
  }
}

TEST_CASE("Whatever is stored, the answers about it agree") {
  const std::vector<std::string> pieces{"{",
                                        "}",
                                        "{PLAIN}",
                                        "{CLEAR.HEX}",
                                        "{PLAIN.B64}",
                                        "{MD5}",
                                        "{SSHA}",
                                        "{SSHA512.B64}",
                                        "{CRYPT}",
                                        "{SHA}",
                                        "{LDAP-MD5.HEX}",
                                        "{PBKDF2}",
                                        "{SCRAM-SHA-1}",
                                        "{CRAM-MD5}",
                                        "{DIGEST-MD5}",
                                        "{ARGON2ID}",
                                        "$1$",
                                        "$",
                                        "$2y$04$",
                                        "$6$rounds=1000$",
                                        "$argon2id$v=19$m=64,t=1,p=1$",
                                        "4096,",
                                        "abcd,",
                                        ",",
                                        "=",
                                        "==",
                                        "00",
                                        "ffffffffffffffffffffffffffffffff",
                                        "OTfbCPlBsxgDLDZ066bZkg",
                                        "extmail",
                                        "zz",
                                        ".",
                                        "*"};
  Generator generator(kSeed);
  int clear = 0;
  for (int i = 0; i < 20000; ++i) {
    const std::string stored = generator.of(pieces, 5);
    for (const char* usual : {"CRYPT", "PLAIN", "SSHA", "MD5", "nonsense"}) {
      INFO(usual << ' ' << printable(stored, 200));
      const Secret text = clear_text(stored, usual);
      if (!text.empty()) {
        ++clear;
        CHECK(check_password(text.view(), stored, usual) == PasswordCheck::Match);
        CHECK(is_weak(stored, usual));
        CHECK(is_quick(stored, usual));
        CHECK_FALSE(challenge_scheme(stored));
      } else if (is_quick(stored, usual)) {
        CHECK(check_password("no such password", stored, usual) != PasswordCheck::Match);
      }
      if (challenge_scheme(stored)) CHECK_FALSE(is_weak(stored, usual));
    }
  }
  CHECK(clear > 1000);
}
