// SPDX-License-Identifier: MIT
//
// What holds of every key, tried on many that nobody thought of. The table of scenarios has those that somebody did.
#include "core/address.hpp"
#include "core/printable.hpp"
#include "support/catch.hpp"
#include "support/generator.hpp"
#include "support/map_properties.hpp"
#include "support/scenarios.hpp"

#include <set>
#include <string>

using namespace extmail;
using tests::FakeDirectory;
using tests::Generator;

namespace {

constexpr std::uint32_t kSeed = 20260615;
constexpr int kKeys = 4000;

void check_key(const FakeDirectory& directory, const std::string& key) {
  for (const auto& entry : tests::scenario_rules()) {
    const std::string broken = tests::broken_property(directory, entry.rules, key);
    INFO(printable(key, 300) << ", rules " << entry.name << ": " << broken);
    CHECK(broken.empty());
  }
}

}  // namespace

TEST_CASE("Any bytes are a key that every map has an answer to") {
  FakeDirectory directory;
  tests::fill_with_scenarios(directory);
  Generator generator(kSeed);
  for (int i = 0; i < kKeys; ++i)
    check_key(directory, generator.bytes(60));
}

TEST_CASE("So is anything that looks like an address") {
  FakeDirectory directory;
  tests::fill_with_scenarios(directory);
  Generator generator(kSeed);
  int addresses = 0;
  for (int i = 0; i < kKeys; ++i) {
    const std::string key = generator.of(tests::address_pieces(), 8);
    if (parse_address(key)) ++addresses;
    check_key(directory, key);
  }
  CHECK(addresses > kKeys / 20);  // or the pieces are no good
}

TEST_CASE("An extension smuggles nothing into a result") {
  FakeDirectory directory;
  tests::fill_with_scenarios(directory);
  Generator generator(kSeed);
  for (int i = 0; i < kKeys; ++i) {
    const std::string extension = generator.of(tests::address_pieces(), 6);
    for (const char* name : {"support", "team", "whole", "nobody"})
      check_key(directory, quote_local(name + ("+" + extension)) + "@test.com");
    check_key(directory, quote_local(extension) + "@first.com");
  }
}

TEST_CASE("Every key of the table has the properties too") {
  FakeDirectory directory;
  tests::fill_with_scenarios(directory);
  std::set<std::string> keys;
  for (const auto& scenario : tests::scenarios())
    keys.insert(scenario.key);
  for (const auto& key : keys)
    check_key(directory, key);
}
