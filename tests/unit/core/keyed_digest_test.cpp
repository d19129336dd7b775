// SPDX-License-Identifier: MIT
#include "core/keyed_digest.hpp"

#include "support/catch.hpp"

#include <set>
#include <string>

using extmail::DigestKey;

TEST_CASE("The same texts under the same key have the same digest") {
  const DigestKey key;
  CHECK(key.digest({"user", "password"}) == key.digest({"user", std::string("pass") + "word"}));
  CHECK(key.short_digest({"user", "password"}) == key.short_digest({"user", std::string("pass") + "word"}));
}

TEST_CASE("Another key makes another digest") {
  const DigestKey key;
  const DigestKey other;
  CHECK(key.digest({"user"}) != other.digest({"user"}));
  CHECK(key.short_digest({"user"}) != other.short_digest({"user"}));
}

TEST_CASE("Where a text ends counts") {
  const DigestKey key;
  const std::string zero(1, '\0');
  const std::string length("\1\0\0\0\0\0\0\0a", 9);
  std::set<DigestKey::Digest> digests;
  std::set<std::uint64_t> short_digests;
  const auto add = [&](std::initializer_list<std::string_view> texts) {
    digests.insert(key.digest(texts));
    short_digests.insert(key.short_digest(texts));
  };
  add({});
  add({""});
  add({"", ""});
  add({"a", "bc"});
  add({"ab", "c"});
  add({"abc"});
  add({"abc", ""});
  add({"", "abc"});
  add({zero});
  add({length});
  add({"a", "a"});
  CHECK(digests.size() == 11);
  CHECK(short_digests.size() == 11);
}
