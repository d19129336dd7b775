// SPDX-License-Identifier: MIT
#include "authd/delay_queue.hpp"

#include "support/catch.hpp"

#include <chrono>
#include <future>
#include <memory>
#include <vector>

using namespace extmail;
using namespace std::chrono_literals;

TEST_CASE("What is delayed is done in the order of time, not before") {
  authd::DelayQueue queue;
  std::vector<int> order;
  std::promise<void> done;
  const Time start = Time::clock::now();
  Time second_at;
  queue.run_at(start + 20ms, [&] {
    order.push_back(2);
    second_at = Time::clock::now();
    done.set_value();
  });
  queue.run_at(start, [&] { order.push_back(1); });
  done.get_future().wait();
  CHECK(order == std::vector<int>{1, 2});
  CHECK(second_at >= start + 20ms);
}

TEST_CASE("What still waits at the end is dropped") {
  const auto witness = std::make_shared<int>();
  {
    authd::DelayQueue queue;
    const Time never = Time::clock::now() + 24h;
    for (int i = 0; i < 3; ++i)
      queue.run_at(never, [witness] { FAIL("run before its time"); });
  }
  CHECK(witness.use_count() == 1);
}
