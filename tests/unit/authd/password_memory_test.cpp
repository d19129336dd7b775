// SPDX-License-Identifier: MIT
#include "authd/password_memory.hpp"

#include "support/catch.hpp"

#include <string>
#include <thread>
#include <vector>

using extmail::authd::VerifiedPasswords;

namespace {

constexpr const char* kUser = "alice@test.com";
constexpr const char* kStored = "$1$salt$hash";

}  // namespace

TEST_CASE("Only what was remembered is known") {
  VerifiedPasswords memory;
  CHECK_FALSE(memory.knows(kUser, {"secret", kStored}));
  memory.remember(kUser, {"secret", kStored});
  CHECK(memory.knows(kUser, {"secret", kStored}));
  CHECK_FALSE(memory.knows(kUser, {"Secret", kStored}));
  CHECK_FALSE(memory.knows(kUser, {"", kStored}));
  CHECK_FALSE(memory.knows("bob@test.com", {"secret", kStored}));
}

TEST_CASE("A changed hash is forgotten by that") {
  VerifiedPasswords memory;
  memory.remember(kUser, {"secret", kStored});
  CHECK_FALSE(memory.knows(kUser, {"secret", "$1$salt$other"}));
  memory.remember(kUser, {"secret", "$1$salt$other"});
  CHECK(memory.knows(kUser, {"secret", "$1$salt$other"}));
}

TEST_CASE("A stored value that is read in another way is another one") {
  VerifiedPasswords memory;
  memory.remember(kUser, {"secret", "secret", "PLAIN"});
  CHECK(memory.knows(kUser, {"secret", "secret", "PLAIN"}));
  CHECK_FALSE(memory.knows(kUser, {"secret", "secret", "CRYPT"}));
}

TEST_CASE("Where user, hash and password end counts") {
  VerifiedPasswords memory;
  memory.remember("ab", {"d", "c"});
  CHECK_FALSE(memory.knows("a", {"d", "bc"}));
  CHECK_FALSE(memory.knows("ab", {"cd", ""}));
  CHECK_FALSE(memory.knows("ab", {"", "cd"}));
}

TEST_CASE("One can be forgotten, and the others stay") {
  VerifiedPasswords memory(8);
  for (int i = 0; i < 8; ++i)
    memory.remember(std::to_string(i), {"secret", kStored});
  for (const char* user : {"3", "3", "7", "nobody"})  // 7 was used last
    memory.forget(user, {"secret", kStored});
  // Their places are free: nobody has to go for the next.
  memory.remember(kUser, {"secret", kStored});
  for (int i = 0; i < 8; ++i)
    CHECK(memory.knows(std::to_string(i), {"secret", kStored}) == (i != 3 && i != 7));
  CHECK(memory.knows(kUser, {"secret", kStored}));
  for (int i = 0; i < 8; ++i)
    memory.forget(std::to_string(i), {"secret", kStored});
  memory.forget_all();
  CHECK_FALSE(memory.knows(kUser, {"secret", kStored}));
}

TEST_CASE("All can be forgotten") {
  VerifiedPasswords memory(100);
  for (int i = 0; i < 50; ++i)
    memory.remember(std::to_string(i), {"secret", kStored});
  memory.forget_all();
  for (int i = 0; i < 50; ++i)
    CHECK_FALSE(memory.knows(std::to_string(i), {"secret", kStored}));
  memory.remember(kUser, {"secret", kStored});
  CHECK(memory.knows(kUser, {"secret", kStored}));
}

TEST_CASE("What was used longest ago makes room") {
  VerifiedPasswords memory(8);
  REQUIRE(memory.capacity() == 8);
  for (int i = 0; i < 8; ++i)
    memory.remember(std::to_string(i), {"secret", kStored});
  CHECK(memory.knows("0", {"secret", kStored}));
  memory.remember("7", {"secret", kStored});  // again: takes no further room
  memory.remember("8", {"secret", kStored});
  CHECK_FALSE(memory.knows("1", {"secret", kStored}));
  for (const char* user : {"0", "2", "3", "4", "5", "6", "7", "8"}) {
    INFO(user);
    CHECK(memory.knows(user, {"secret", kStored}));
  }
}

TEST_CASE("A table that is not full keeps nearly all") {
  VerifiedPasswords memory(8192);
  for (int i = 0; i < 4096; ++i)
    memory.remember(std::to_string(i), {"secret", kStored});
  int known = 0;
  for (int i = 0; i < 4096; ++i)
    known += memory.knows(std::to_string(i), {"secret", kStored}) ? 1 : 0;
  CHECK(known > 3900);
}

TEST_CASE("A memory for nothing holds little, and works") {
  VerifiedPasswords memory(0);
  memory.remember(kUser, {"secret", kStored});
  CHECK(memory.knows(kUser, {"secret", kStored}));
}

TEST_CASE("Several threads may use one memory") {
  VerifiedPasswords memory(64);
  constexpr int kThreads = 4;
  std::vector<int> wrong(kThreads);
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&memory, &wrong, t] {
      for (int i = 0; i < 2000; ++i) {
        const std::string user = std::to_string(i % 100);
        memory.remember(user, {"secret", kStored});
        if (memory.knows(user, {"wrong", kStored})) ++wrong[static_cast<std::size_t>(t)];
        if (i % 500 == 0) memory.forget_all();
      }
    });
  }
  for (auto& thread : threads)
    thread.join();
  CHECK(wrong == std::vector<int>(kThreads));
}
