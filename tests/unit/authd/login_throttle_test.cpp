// SPDX-License-Identifier: MIT
#include "unit/authd/throttle_fixture.hpp"

#include <algorithm>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace extmail;
using namespace extmail::tests::throttling;

TEST_CASE("Some failures are free, then each wait is twice as long, and in the end it is refused") {
  Fixture f;
  f.fail_often(kFreeForUser, kUser, kHere);
  CHECK(f.fail(kUser, kHere, "a") == 1s);
  CHECK(f.fail(kUser, kHere, "b") == 2s);
  CHECK(f.fail(kUser, kHere, "c") == 4s);
  auto refused = f.admit(kUser, kHere, "d");
  CHECK(refused.verdict() == Verdict::Refused);
  f.now += 3s;
  CHECK(f.fail(kUser, kHere, "d") == 5s);
  CHECK(f.throttle.statistics().delayed == 4);
  CHECK(f.throttle.statistics().refused == 1);
}

TEST_CASE("Who waits by himself is not made to wait") {
  Fixture f;
  f.fail_often(kFreeForUser, kUser, kHere);
  f.now += 1s;
  CHECK(f.fail(kUser, kHere, "a") == 0s);
  CHECK(f.fail(kUser, kHere, "b") == 2s);
}

TEST_CASE("What is refused takes no place: the next attempt does not wait for longer because of it") {
  Fixture f;
  f.fail_often(kFreeForUser + 4, kUser, kHere);  // the next one 16 s later
  for (int i = 0; i < 100; ++i)
    CHECK(f.verdict(kUser, kHere) == Verdict::Refused);
  f.now += 10s;
  CHECK(f.admit(kUser, kHere, "x").wait() == 6s);
}

TEST_CASE("Attempts at the same time are evaluated one after the other") {
  Fixture f;
  f.fail_often(kFreeForUser, kUser, kHere);
  std::vector<LoginThrottle::Attempt> attempts;
  std::vector<std::chrono::milliseconds> waits;
  for (int i = 0; i < 20; ++i) {
    attempts.push_back(f.admit(kUser, kHere, std::to_string(i)));
    if (attempts.back().verdict() != Verdict::Refused) waits.push_back(attempts.back().wait());
  }
  CHECK(waits == std::vector<std::chrono::milliseconds>{1s, 2s, 3s, 4s, 5s, 6s});
}

TEST_CASE("Before the first answers are there, no more attempts of a user are let in than are free") {
  Fixture f;
  std::vector<LoginThrottle::Attempt> attempts;
  int at_once = 0;
  int refused = 0;
  for (int i = 0; i < 100; ++i) {
    attempts.push_back(f.admit(kUser, kHere, std::to_string(i)));
    if (attempts.back().verdict() == Verdict::Now) ++at_once;
    if (attempts.back().verdict() == Verdict::Refused) ++refused;
  }
  CHECK(at_once == kFreeForUser);
  CHECK(refused == 100 - kFreeForUser - 6);  // one a second may wait
  attempts.clear();
  f.now += 10s;
  CHECK(f.verdict(kUser, kHere) == Verdict::Now);
}

TEST_CASE("Of an address as many as an office has may come at once") {
  Fixture f;
  std::vector<LoginThrottle::Attempt> attempts;
  int at_once = 0;
  for (unsigned i = 0; i < 3 * LoginThrottle::kParallelOfAddress; ++i) {
    attempts.push_back(f.admit(std::to_string(i), kHere, "password"));
    if (attempts.back().verdict() == Verdict::Now) ++at_once;
  }
  CHECK(at_once == static_cast<int>(LoginThrottle::kParallelOfAddress));
}

TEST_CASE("The same password in several connections is one guess") {
  Fixture f;
  std::vector<LoginThrottle::Attempt> attempts;
  for (int i = 0; i < 50; ++i) {
    attempts.push_back(f.admit(kUser, kHere, "password"));
    CHECK(attempts.back().verdict() == Verdict::Now);
  }
  for (auto& attempt : attempts)
    attempt.failed(f.now);
  CHECK(f.throttle.statistics().failures == 1);
  CHECK(f.throttle.statistics().repeated == 49);
}

TEST_CASE("To send again what is held is not the way around") {
  Fixture f;
  f.fail_often(kFreeForUser, kUser, kHere);
  const auto held = f.admit(kUser, kHere, "x");
  const auto again = f.admit(kUser, kHere, "x");
  CHECK(held.wait() == 1s);
  CHECK(again.wait() == 2s);

  std::vector<LoginThrottle::Attempt> many;
  many.reserve(kFreeForUser);
  for (int i = 0; i < kFreeForUser; ++i)
    many.push_back(f.admit("bob@test.com", kHere, std::to_string(i)));
  CHECK(f.admit("bob@test.com", kHere, "x").verdict() == Verdict::Wait);
  CHECK(f.admit("bob@test.com", kHere, "x").verdict() == Verdict::Wait);
}

TEST_CASE("A device with an old password slows down nobody") {
  Fixture f;
  for (int i = 0; i < 1000; ++i) {
    CHECK(f.fail(kUser, kHere, "the old password") == 0s);
    f.now += 1s;
  }
  CHECK(f.throttle.statistics().failures == 1);
  CHECK(f.verdict(kUser, kHere) == Verdict::Now);
  CHECK(f.verdict("bob@test.com", kHere) == Verdict::Now);
}

TEST_CASE("To repeat one guess does not keep others from their hashes") {
  Fixture f;
  const bool is_known_wrong = GENERATE(false, true);
  if (is_known_wrong) f.fail(kUser, kHere, "password");
  std::vector<LoginThrottle::Attempt> attempts;
  unsigned at_once = 0;
  for (unsigned i = 0; i < 1000; ++i) {
    attempts.push_back(f.admit(kUser, kHere, "password"));
    if (attempts.back().verdict() == Verdict::Now) ++at_once;
  }
  CHECK(at_once == LoginThrottle::kParallelOfAddress);
  CHECK(attempts.back().verdict() == Verdict::Refused);
  CHECK(f.admit(kUser, "198.51.100.1", "password").verdict() == Verdict::Now);
  for (auto& attempt : attempts) {
    if (attempt.verdict() == Verdict::Now) attempt.failed(f.now);
  }
  attempts.clear();
  CHECK(f.throttle.statistics().failures == 1);
  CHECK(f.admit(kUser, kHere, "password").verdict() == Verdict::Now);
}

TEST_CASE("Who reports a failure learns whether it was a new guess") {
  Fixture f;
  CHECK(f.admit(kUser, kHere, "old").failed(f.now));
  CHECK_FALSE(f.admit(kUser, kHere, "old").failed(f.now));
  CHECK(f.admit(kUser, kHere, "other").failed(f.now));
  CHECK(f.admit(kUser, "192.0.2.2", "old").failed(f.now));
  CHECK(f.admit("bob@test.com", kHere, "old").failed(f.now));
}

TEST_CASE("A device remembers more than one old password") {
  Fixture f;
  for (const char* password : {"a", "b", "c", "d"})
    CHECK(f.admit(kUser, kHere, password).failed(f.now));
  for (const char* password : {"a", "b", "c", "d"})
    CHECK_FALSE(f.admit(kUser, kHere, password).failed(f.now));
}

TEST_CASE("The same wrong password is not held while others are") {
  Fixture f;
  f.fail(kUser, kHere, "the old password");
  f.spray(kFreeForAddress + 4, kHere);
  CHECK(f.verdict(kUser, kHere) == Verdict::Refused);
  CHECK(f.fail(kUser, kHere, "the old password") == 0s);
  CHECK(f.admit("bob@test.com", kHere, "the old password").verdict() == Verdict::Refused);
}

TEST_CASE("One address that tries many users is slowed down, known users or not") {
  Fixture f;
  for (int i = 0; i < kFreeForAddress; ++i)
    CHECK(f.fail("user" + std::to_string(i), kHere, "password") == 0s);
  CHECK(f.fail("another", kHere, "password") == 1s);
  CHECK(f.verdict("another", "192.0.2.2") == Verdict::Now);
}

TEST_CASE("Many addresses of a /24 are slowed down together, and no others") {
  Fixture f;
  for (int i = 0; i < kFreeForNetwork; ++i)
    CHECK(f.fail("user" + std::to_string(i), "192.0.2." + std::to_string(i), "password") == 0s);
  CHECK(f.fail("another", "192.0.2.200", "password") == 1s);
  CHECK(f.verdict("another", "192.0.3.200") == Verdict::Now);
}

TEST_CASE("An IPv6 client is its /64") {
  Fixture f;
  for (int i = 0; i < kFreeForAddress; ++i)
    CHECK(f.fail("user" + std::to_string(i), "2001:db8::" + std::to_string(i), "password") == 0s);
  CHECK(f.fail("another", "2001:db8::ffff:1", "password") == 1s);
  CHECK(f.verdict("another", "2001:db8:0:1::1") == Verdict::Now);
}

TEST_CASE("Many /64 of an IPv6 /48 are slowed down together, and no others") {
  Fixture f;
  for (int i = 0; i < kFreeForNetwork; ++i)
    CHECK(f.fail("user" + std::to_string(i), "2001:db8:0:" + std::to_string(i) + "::1", "password") == 0s);
  CHECK(f.fail("another", "2001:db8:0:ffff::1", "password") == 1s);
  CHECK(f.verdict("another", "2001:db8:1:ffff::1") == Verdict::Now);
}

TEST_CASE("However IPv4 is written, it is one address") {
  Fixture f;
  f.fail_often(kFreeForUser, kUser, kHere);
  CHECK(f.admit(kUser, std::string("::ffff:") + kHere, "x").wait() == 1s);
}

TEST_CASE("Spellings of a user share a count") {
  Fixture f;
  f.fail_often(kFreeForUser, kUser, kHere);
  CHECK(f.admit("Alice@TEST.com", kHere, "x").wait() == 1s);
}

TEST_CASE("No stranger can lock a user out") {
  Fixture f;
  SECTION("from elsewhere, wherever the user comes from") {
    for (int i = 0; i < 100; ++i)
      f.fail_often(1, kUser, "203.0.113." + std::to_string(i));
    CHECK(f.verdict(kUser, kHere) == Verdict::Now);
  }
  SECTION("from the user's own address, against other users") {
    f.log_in(kUser, kHere);
    f.spray(kFreeForAddress, kHere);
    CHECK(f.verdict("carol@test.com", kHere) == Verdict::Wait);
    CHECK(f.verdict(kUser, kHere) == Verdict::Now);
  }
  SECTION("from the network around, where the user's address changes") {
    f.log_in(kUser, "192.0.2.77");
    for (int i = 0; i < kFreeForNetwork; ++i)
      f.fail_often(1, "bob@test.com", "192.0.2." + std::to_string(i));
    CHECK(f.verdict("carol@test.com", "192.0.2.99") == Verdict::Wait);
    CHECK(f.verdict(kUser, "192.0.2.99") == Verdict::Now);
  }
  SECTION("by attempts that are under way") {
    f.log_in(kUser, kHere);
    std::vector<LoginThrottle::Attempt> attempts;
    for (unsigned i = 0; i < 2 * LoginThrottle::kParallelOfAddress; ++i)
      attempts.push_back(f.admit(std::to_string(i), kHere, "password"));
    CHECK(f.verdict(kUser, kHere) == Verdict::Now);
  }
  SECTION("by an account of his own") {
    f.log_in(kUser, kHere);
    for (int i = 0; i < 1000; ++i)
      f.log_in("mallory@test.com", "2001:db8:0:" + std::to_string(i) + "::1");
    f.spray(kFreeForAddress, kHere);
    CHECK(f.verdict(kUser, kHere) == Verdict::Now);
  }
  SECTION("behind a webmail that does not tell where its users are") {
    f.fail_often(1000, kUser, "");
    CHECK(f.verdict(kUser, "") == Verdict::Now);
    CHECK(f.throttle.statistics().uncounted == 1000);
  }
}

TEST_CASE("A user's own failures count where he is known, too") {
  Fixture f;
  f.log_in(kUser, kHere);
  f.fail_often(kFreeForUser, kUser, kHere);
  CHECK(f.fail(kUser, kHere, "x") == 1s);
}

TEST_CASE("A login forgives the user's failures, and not those of the address") {
  Fixture f;
  f.fail_often(kFreeForUser - 1, kUser, kHere);
  f.log_in(kUser, kHere);
  CHECK(f.throttle.statistics().entries == 2);
  f.fail_often(kFreeForUser - 1, kUser, kHere);
  CHECK(f.verdict(kUser, kHere) == Verdict::Now);
  f.fail_often(2, "bob@test.com", kHere);
  CHECK(f.verdict("bob@test.com", kHere) == Verdict::Wait);
}

TEST_CASE("One who owns an account is slowed down when he tries another") {
  Fixture f;
  f.log_in("mallory@test.com", kHere);
  f.spray(kFreeForAddress, kHere);
  f.log_in("mallory@test.com", kHere);
  CHECK(f.verdict("bob@test.com", kHere) == Verdict::Wait);
}

TEST_CASE("Where a user was known long ago he is a stranger") {
  Fixture f;
  f.log_in(kUser, kHere);
  f.now += authd::FamiliarPlaces::kRemembered;
  f.spray(kFreeForAddress, kHere);
  CHECK(f.verdict(kUser, kHere) == Verdict::Now);
  f.now += 1s;
  CHECK(f.verdict("bob@test.com", kHere) == Verdict::Now);
  CHECK(f.verdict(kUser, kHere) == Verdict::Wait);
}

TEST_CASE("A login teaches something where there is a failure to forgive, or a network to remember") {
  Fixture f;
  const auto teaches = [&](const char* client) { return f.admit(kUser, client, "").would_teach(f.now); };
  CHECK(teaches(kHere));
  f.log_in(kUser, kHere);
  CHECK_FALSE(teaches(kHere));
  CHECK(teaches("192.0.2.2"));
  f.fail_often(1, kUser, kHere);
  CHECK(teaches(kHere));
  f.log_in(kUser, kHere);
  f.now += LoginThrottle::kTeachesAgain;
  CHECK_FALSE(teaches(kHere));
  f.now += 1s;
  CHECK(teaches(kHere));  // or he would be a stranger in a while, though he comes each day
  CHECK_FALSE(teaches(""));
}

TEST_CASE("Failures fade") {
  Fixture f;
  f.fail_often(kFreeForUser, kUser, kHere);
  CHECK(f.verdict(kUser, kHere) == Verdict::Wait);
  f.now += 90min;
  f.fail_often(2, kUser, kHere);
  CHECK(f.verdict(kUser, kHere) == Verdict::Now);
  f.fail_often(1, kUser, kHere);
  CHECK(f.verdict(kUser, kHere) == Verdict::Wait);
}

TEST_CASE("A burst costs its price: who guesses for a day gets a few hundred guesses") {
  Fixture f;
  const Time end = f.now + 24h;
  int evaluated = 0;
  while (f.now < end) {
    std::vector<LoginThrottle::Attempt> attempts;
    attempts.reserve(200);
    for (int i = 0; i < 200; ++i)
      attempts.push_back(f.admit(std::to_string(++f.guesses), kHere, "password"));
    std::chrono::milliseconds longest{0};
    for (auto& attempt : attempts)
      longest = std::max(longest, attempt.wait());
    f.now += longest + 1s;
    for (auto& attempt : attempts) {
      if (attempt.verdict() != Verdict::Refused) ++evaluated;
      attempt.failed(f.now);
    }
    f.now += 59s;
  }
  CHECK(evaluated > 100);
  CHECK(evaluated < 500);
}

TEST_CASE("Exempt clients are never delayed, and their failures not counted") {
  LoginThrottle::Settings settings;
  settings.exempt = NetworkList::parse("127.0.0.0/8, ::1").value();
  Fixture f(std::move(settings));
  for (const char* client : {"127.0.0.1", "::1", "::ffff:127.0.0.2"}) {
    f.fail_often(100, kUser, client);
    CHECK(f.verdict(kUser, client) == Verdict::Now);
  }
  CHECK(f.throttle.statistics().entries == 0);
  CHECK(f.throttle.statistics().failures == 0);
  CHECK(f.throttle.statistics().uncounted == 300);
}

TEST_CASE("New settings take effect at once") {
  Fixture f;
  f.fail_often(kFreeForUser, kUser, kHere);
  REQUIRE(f.verdict(kUser, kHere) == Verdict::Wait);
  LoginThrottle::Settings off;
  off.enabled = false;
  f.throttle.replace_settings(std::move(off));
  CHECK(f.verdict(kUser, kHere) == Verdict::Now);
  f.throttle.replace_settings({});
  CHECK(f.verdict(kUser, kHere) == Verdict::Wait);
}

TEST_CASE("An attempt that nobody could judge counts as none") {
  Fixture f;
  for (int i = 0; i < 100; ++i) {
    auto attempt = f.admit(kUser, kHere, std::to_string(i));
    CHECK(attempt.verdict() == Verdict::Now);
    const auto moved = std::move(attempt);
  }
  CHECK(f.throttle.statistics().failures == 0);
}

TEST_CASE("Many addresses neither fill the memory nor make the worst be forgotten") {
  LoginThrottle::Settings settings;
  settings.entries = 1024;
  Fixture f(std::move(settings));
  f.spray(20, kHere);
  for (int i = 0; i < 20'000; ++i)
    f.fail_often(1, std::to_string(i),
                 "2001:db8:" + std::to_string(i % 10'000) + ":" + std::to_string(i / 10'000) + "::1");
  CHECK(f.throttle.statistics().entries <= 1024);
  CHECK(f.verdict("bob@test.com", kHere) == Verdict::Refused);
}

TEST_CASE("Several threads may ask one throttle") {
  LoginThrottle throttle(LoginThrottle::Settings{});
  std::vector<std::thread> threads;
  constexpr int kThreads = 4;
  constexpr int kRounds = 500;
  threads.reserve(kThreads);
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&throttle, t] {
      for (int i = 0; i < kRounds; ++i) {
        const Time now{1000h + std::chrono::seconds(i)};
        auto attempt = throttle.admit(std::to_string(i % 7), at(kHere), std::to_string(t * kRounds + i), now);
        if (i % 7 == 0) {
          attempt.succeeded(now);
        } else {
          attempt.failed(now);
        }
      }
    });
  }
  for (auto& thread : threads)
    thread.join();
  const auto statistics = throttle.statistics();
  CHECK(statistics.failures + statistics.refused > std::uint64_t{kFreeForAddress});
  CHECK(statistics.failures + statistics.refused <= std::uint64_t{kThreads} * kRounds);
}
