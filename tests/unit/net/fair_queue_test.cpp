// SPDX-License-Identifier: MIT
#include "net/fair_queue.hpp"

#include "support/catch.hpp"

#include <string>

using extmail::net::FairQueue;
using extmail::net::Lane;

namespace {

/// Runs what waits, to the end.
void run_all(FairQueue& queue) {
  while (!queue.empty())
    queue.pop()();
}

}  // namespace

TEST_CASE("Lanes take turns, and each keeps its order") {
  FairQueue queue;
  std::string order;
  const auto push = [&](std::uint64_t lane, char name) {
    queue.push({lane}, [&order, name] { order += name; });
  };
  for (const char name : {'a', 'b', 'c', 'd'})
    push(1, name);
  push(2, 'x');
  push(3, 'p');
  push(2, 'y');
  CHECK(queue.size() == 7);
  run_all(queue);
  CHECK(order == "axpbycd");
  CHECK(queue.empty());

  // Who comes back has no turn left over, and none less.
  order.clear();
  push(2, 'x');
  push(1, 'a');
  push(1, 'b');
  queue.pop()();
  push(2, 'y');
  run_all(queue);
  CHECK(order == "xayb");
}

TEST_CASE("A lane that is full leaves the others room") {
  FairQueue queue;
  const Lane crowd{1, 2};
  for (int i = 0; i < 2; ++i) {
    CHECK(queue.has_room(crowd));
    queue.push(crowd, [] {});
  }
  CHECK_FALSE(queue.has_room(crowd));
  CHECK(queue.has_room({2, 1}));
  CHECK(queue.has_room({1, 3}));
  (void)queue.pop();
  CHECK(queue.has_room(crowd));
}
