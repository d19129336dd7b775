// SPDX-License-Identifier: MIT
#include "cache/change_window.hpp"

#include "support/catch.hpp"

#include <vector>

using namespace extmail;
using namespace extmail::cache;
using namespace std::chrono_literals;

namespace {

const Time kStart{1000s};

}  // namespace

TEST_CASE("Ids in their order leave nothing behind") {
  ChangeWindow window;
  CHECK(window.start({}, kStart));
  for (std::uint64_t id = 1; id <= 5; ++id)
    CHECK(window.is_new(id, kStart));
  CHECK(window.read_after() == 4);  // the newest again, to see that it is still there
  CHECK(window.gaps() == 0);
}

TEST_CASE("An id that commits late is seen once") {
  ChangeWindow window;
  CHECK(window.start({}, kStart));
  CHECK(window.is_new(1, kStart));
  CHECK(window.is_new(5, kStart));
  CHECK(window.read_after() == 1);

  const std::vector<std::pair<std::uint64_t, bool>> round{{3, true}, {3, false}, {5, false}, {6, true}};
  for (const auto& [id, is_new] : round) {
    INFO(id);
    CHECK(window.is_new(id, kStart) == is_new);
  }
  CHECK(window.gaps() == 2);
  CHECK(window.is_new(2, kStart));
  CHECK(window.is_new(4, kStart));
  CHECK(window.gaps() == 0);
  CHECK(window.read_after() == 5);
}

TEST_CASE("Reading begins behind what is settled, for what was under way") {
  ChangeWindow window;
  CHECK(window.start({5000, 2000}, kStart));
  CHECK(window.read_after() == 2000);
  CHECK(window.is_new(4500, kStart));
  CHECK_FALSE(window.is_new(2000, kStart));

  CHECK(window.start({7, 0}, kStart));
  CHECK(window.read_after() == 0);
  CHECK(window.is_new(1, kStart));

  CHECK(window.start({5000, 5000}, kStart));
  CHECK(window.read_after() == 4000);
  CHECK(window.start({7, 7}, kStart));
  CHECK(window.read_after() == 0);
}

TEST_CASE("Reading begins a bounded way back, and where that is too short it is said") {
  ChangeWindow window;
  CHECK(window.start({ChangeWindow::kMaxLookBack + 5, 5}, kStart));
  CHECK_FALSE(window.start({ChangeWindow::kMaxLookBack + 5, 4}, kStart));
  CHECK(window.read_after() == 5);
}

TEST_CASE("A gap that never fills is forgotten after ten minutes") {
  ChangeWindow window;
  CHECK(window.start({}, kStart));
  CHECK(window.is_new(3, kStart));
  CHECK(window.settle(kStart + ChangeWindow::kMaxTransaction));
  CHECK(window.gaps() == 1);
  CHECK(window.settle(kStart + ChangeWindow::kMaxTransaction + 1s));
  CHECK(window.gaps() == 0);
  CHECK(window.read_after() == 2);
}

TEST_CASE("A gap too far behind is given up, and that is said") {
  ChangeWindow window;
  CHECK(window.start({}, kStart));
  for (std::uint64_t id = 3; id < 3 + ChangeWindow::kMaxBehind; ++id)
    CHECK(window.is_new(id, kStart));
  CHECK_FALSE(window.settle(kStart + 1s));
  CHECK(window.gaps() == 0);
  CHECK(window.settle(kStart + 2s));
}
