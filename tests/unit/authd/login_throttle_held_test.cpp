// SPDX-License-Identifier: MIT
//
// How many attempts wait at once, and that those of one network do not keep others from it.
#include "unit/authd/throttle_fixture.hpp"

#include <string>
#include <vector>

using namespace extmail;
using namespace extmail::tests::throttling;

TEST_CASE("Only so many attempts are held at once") {
  Fixture f;
  std::vector<LoginThrottle::Attempt> attempts;
  int held = 0;
  int refused = 0;
  for (int i = 0; i < 200; ++i) {
    const std::string client = "10.0." + std::to_string(i) + ".1";
    f.fail_often(kFreeForUser, kUser, client);
    attempts.push_back(f.admit(kUser, client, "x"));
    if (attempts.back().verdict() == Verdict::Wait) ++held;
    if (attempts.back().verdict() == Verdict::Refused) ++refused;
  }
  CHECK(held == static_cast<int>(LoginThrottle::kMaxHeld));
  CHECK(refused == 200 - held);
  f.now += 2s;
  f.fail_often(kFreeForUser, kUser, "10.1.0.1");
  CHECK(f.verdict(kUser, "10.1.0.1") == Verdict::Wait);
}

TEST_CASE("A question that another one follows waits for its place, and leaves it to that one") {
  Fixture f;
  f.fail_often(kFreeForUser + 4, kUser, kHere);
  const auto first = [&] { return f.admit(kUser, kHere, "", LoginThrottle::Place::Left).verdict(); };
  CHECK(first() == Verdict::Refused);
  f.now += LoginThrottle::kMaxSpacing;
  CHECK(first() == Verdict::Now);
  CHECK(first() == Verdict::Now);
  CHECK(f.verdict(kUser, kHere) == Verdict::Now);
  CHECK(first() == Verdict::Refused);
  CHECK(f.verdict(kUser, kHere) == Verdict::Refused);
}

TEST_CASE("A network has only a few of the places to wait") {
  Fixture f;
  std::vector<LoginThrottle::Attempt> attempts;
  const auto hold = [&](const std::string& client) {
    f.fail_often(kFreeForUser, kUser, client);
    attempts.push_back(f.admit(kUser, client, "x"));
    return attempts.back().verdict();
  };
  const auto most = static_cast<int>(LoginThrottle::kMaxHeldOfNetwork);
  for (int i = 1; i <= most; ++i)
    CHECK(hold("192.0.2." + std::to_string(i)) == Verdict::Wait);
  CHECK(hold("192.0.2.200") == Verdict::Refused);
  CHECK(hold("192.0.3.1") == Verdict::Wait);
  f.now += 1s;
  CHECK(f.verdict(kUser, "192.0.2.200") != Verdict::Refused);
}
