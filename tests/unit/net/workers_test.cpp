// SPDX-License-Identifier: MIT
#include "net/workers.hpp"

#include "support/catch.hpp"
#include "support/recording_log.hpp"

#include <chrono>
#include <future>
#include <string>

using namespace extmail;
using namespace std::chrono_literals;
using net::Lane;
using net::Workers;

namespace {

/// Keeps the one thread of workers busy until it is opened, at the latest at its end.
class Gate {
 public:
  explicit Gate(Workers& workers) {
    std::promise<void> started;
    auto is_running = started.get_future();
    const bool accepted =
        workers.submit([opened = opened_.get_future(), started = std::move(started)]() mutable {
          started.set_value();
          opened.wait();
        });
    REQUIRE(accepted);
    is_running.wait();
  }
  ~Gate() { open(); }
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  void open() {
    if (!std::exchange(is_open_, true)) opened_.set_value();
  }

 private:
  std::promise<void> opened_;
  bool is_open_ = false;
};

}  // namespace

TEST_CASE("Who sends much waits behind himself") {
  tests::RecordingLog log;
  Workers workers("tests", 1, 100, log);
  std::string order;
  std::promise<void> last;
  {
    Gate gate(workers);
    for (int i = 0; i < 5; ++i)
      CHECK(workers.submit([&] { order += 'a'; }, Lane{1}));
    CHECK(workers.submit([&] { order += 'b'; }, Lane{2}));
    CHECK(workers.submit([&] { order += 'c'; }, Lane{3}));
    CHECK(workers.submit([&] { last.set_value(); }, Lane{1}));
  }
  REQUIRE(last.get_future().wait_for(20s) == std::future_status::ready);
  CHECK(order == "abcaaaa");
}

TEST_CASE("Work is refused where its lane is full, or all are") {
  tests::RecordingLog log;
  Workers workers("tests", 1, 5, log);
  Gate gate(workers);  // one of the five
  const auto nothing = [] {};
  CHECK(workers.submit(nothing, Lane{1, 2}));
  CHECK(workers.submit(nothing, Lane{1, 2}));
  CHECK_FALSE(workers.submit(nothing, Lane{1, 2}));
  CHECK(log.has("overloaded: refusing tests of one client: 2 are waiting already"));
  CHECK(workers.submit(nothing, Lane{2, 2}));
  CHECK(workers.submit(nothing));
  CHECK_FALSE(workers.submit(nothing, Lane{3, 2}));
}
