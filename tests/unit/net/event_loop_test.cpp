// SPDX-License-Identifier: MIT
#include "net/event_loop.hpp"

#include "support/catch.hpp"
#include "support/recording_log.hpp"

#include <functional>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace extmail;
using namespace std::chrono_literals;

namespace {

/// A loop that goes on until it is told to end, or for 20 s, so that a test that hangs fails.
struct Loop {
  Loop() {
    give_up.expires_after(20s);
    give_up.async_wait([this](asio::error_code error) {
      if (!error) loop.context().stop();
    });
  }

  void run() { loop.run(); }
  void end() { loop.context().stop(); }

  tests::RecordingLog log;
  net::EventLoop loop{log};
  asio::steady_timer give_up{loop.context()};
};

}  // namespace

TEST_CASE("Short work is done by the thread that found it, once the handlers that are ready have run") {
  Loop site;
  std::vector<std::string> order;
  asio::post(site.loop.context(), [&] {
    CHECK(site.loop.after_handover([&] {
      order.emplace_back("work");
      asio::post(site.loop.context(), [&] { site.end(); });
    }));
    CHECK_FALSE(site.loop.after_handover([] { FAIL("one at a time"); }));
    order.emplace_back("first");
  });
  asio::post(site.loop.context(), [&] { order.emplace_back("second"); });
  site.run();
  CHECK(order == std::vector<std::string>{"first", "second", "work"});
}

TEST_CASE("While long work is under way, another thread runs the handlers") {
  Loop site;
  std::promise<std::thread::id> promise;
  auto other = promise.get_future();
  std::thread::id worker;
  bool came_in_time = false;
  bool could_hand_over = true;
  asio::post(site.loop.context(), [&] {
    REQUIRE(site.loop.after_handover([&] {
      worker = std::this_thread::get_id();
      asio::post(site.loop.context(), [&] {
        could_hand_over = site.loop.after_handover([] {});
        promise.set_value(std::this_thread::get_id());
      });
      came_in_time = other.wait_for(10s) == std::future_status::ready;
      site.end();
    }));
  });
  site.run();
  REQUIRE(came_in_time);
  CHECK(other.get() != worker);
  CHECK_FALSE(could_hand_over);  // nobody would be left to run the loop
}

TEST_CASE("The two threads go on taking turns") {
  Loop site;
  int done = 0;
  std::function<void()> next = [&] {
    if (done == 200) return site.end();
    const bool was_handed_over = site.loop.after_handover([&] {
      // Now and then it takes longer than the other is willing to wait.
      const auto time = done % 10 == 0 ? 2 * net::EventLoop::kPatience : net::EventLoop::kPatience / 100;
      const auto until = std::chrono::steady_clock::now() + time;
      while (std::chrono::steady_clock::now() < until)
        std::this_thread::yield();
      ++done;
      asio::post(site.loop.context(), next);
    });
    // The one who worked may not be back yet.
    if (!was_handed_over) asio::post(site.loop.context(), next);
  };
  asio::post(site.loop.context(), next);
  site.run();
  CHECK(done == 200);
}

TEST_CASE("Only a handler of the loop can hand over") {
  Loop site;
  CHECK_FALSE(site.loop.after_handover([] {}));
  bool could_stranger = true;
  asio::post(site.loop.context(), [&] {
    std::thread stranger([&] { could_stranger = site.loop.after_handover([] {}); });
    stranger.join();
    site.end();
  });
  site.run();
  CHECK_FALSE(could_stranger);
}

TEST_CASE("Work that throws is logged, and the loop goes on") {
  Loop site;
  asio::post(site.loop.context(), [&] {
    CHECK(site.loop.after_handover([&] {
      asio::post(site.loop.context(), [&] { site.end(); });
      throw std::runtime_error("no memory");
    }));
  });
  site.run();
  CHECK(site.log.has("internal_error: work beside the event loop failed: no memory"));
}

TEST_CASE("What a handler throws ends the loop") {
  Loop site;
  asio::post(site.loop.context(), [&] { CHECK(site.loop.after_handover([] {})); });
  asio::post(site.loop.context(), [] { throw std::runtime_error("broken"); });
  CHECK_THROWS_WITH(site.run(), "broken");
}
