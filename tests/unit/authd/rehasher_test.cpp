// SPDX-License-Identifier: MIT
#include "authd/rehasher.hpp"

#include "support/catch.hpp"
#include "support/fake_directory.hpp"
#include "support/recording_log.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <sys/resource.h>

using namespace extmail;
using namespace std::chrono_literals;
using authd::Rehasher;

namespace {

constexpr auto kLongest = 60s;  // for a machine that has other things to do

/// Keeps what is written; each write waits while it is held.
class FakeWriter final : public PasswordWriter {
 public:
  Answer<Changed> replace(std::string_view username, const Secret& old, const Secret& replacement,
                          Deadline) override {
    std::unique_lock lock(mutex_);
    ++begun_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !is_held_; });
    niceness = getpriority(PRIO_PROCESS, 0);
    written_.push_back(std::string(username) + ' ' + std::string(old.view()) + " -> " +
                       std::string(replacement.view()));
    ++ended_;
    changed_.notify_all();
    return answer;
  }
  Answer<Changed> change(std::string_view, const Secret&, const Secret&, const Secret&, Deadline) override {
    FAIL("a rehash is no change of password");
    return answer;
  }
  void hold(bool held) {
    const std::lock_guard lock(mutex_);
    is_held_ = held;
    changed_.notify_all();
  }
  [[nodiscard]] bool await_begun(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kLongest, [&] { return begun_ >= count; });
  }
  [[nodiscard]] bool await_ended(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kLongest, [&] { return ended_ >= count; });
  }
  [[nodiscard]] std::vector<std::string> written() const {
    const std::lock_guard lock(mutex_);
    return written_;
  }

  // Set before the rehasher starts.
  Answer<Changed> answer = Answer<Changed>::found({});
  int niceness = 0;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> written_;
  bool is_held_ = false;
  int begun_ = 0;
  int ended_ = 0;
};

struct Fixture {
  void start() {
    rehasher = std::make_unique<Rehasher>(
        [](std::string_view password) -> std::optional<Secret> {
          if (password == "unhashable") return std::nullopt;
          return Secret("strong(" + std::string(password) + ")");
        },
        writer, clock, log);
  }
  /// When so many offers have ended.
  [[nodiscard]] Rehasher::Statistics statistics_after(std::uint64_t offers) const {
    const auto give_up = std::chrono::steady_clock::now() + kLongest;
    while (true) {
      const auto statistics = rehasher->statistics();
      const bool is_over = statistics.done + statistics.failed + statistics.left_alone == offers;
      if (is_over || std::chrono::steady_clock::now() >= give_up) return statistics;
      std::this_thread::yield();
    }
  }

  FakeWriter writer;
  tests::FakeClock clock;
  tests::RecordingLog log;
  std::unique_ptr<Rehasher> rehasher;
};

}  // namespace

TEST_CASE("A hash is replaced if it is still the one that was verified") {
  Fixture f;
  f.start();
  f.rehasher->offer("alice@test.com", "$1$weak", "secret");
  REQUIRE(f.writer.await_ended(1));
  f.rehasher.reset();  // the line is written before the end
  CHECK(f.writer.written().front() == "alice@test.com $1$weak -> strong(secret)");
  CHECK(f.writer.niceness == 19);
  CHECK(f.log.has("password_rehashed: user=alice@test.com"));
  CHECK_FALSE(f.log.has("secret"));
  CHECK_FALSE(f.log.has("$1$"));
}

TEST_CASE("What was done is counted") {
  Fixture f;
  f.start();
  f.rehasher->offer("alice@test.com", "$1$weak", "secret");
  CHECK(f.statistics_after(1).done == 1);
}

TEST_CASE("A row that has changed is left alone") {
  Fixture f;
  f.writer.answer = Answer<Changed>::not_found();
  f.start();
  f.rehasher->offer("alice@test.com", "$1$weak", "secret");
  const auto statistics = f.statistics_after(1);
  CHECK(statistics.left_alone == 1);
  CHECK(statistics.done == 0);
  CHECK_FALSE(f.log.has("password_rehashed"));
}

TEST_CASE("What can't be written now is dropped, and can be offered again") {
  Fixture f;
  f.writer.answer = Answer<Changed>::temporary_failure("database: away");
  f.start();
  f.rehasher->offer("alice@test.com", "$1$weak", "secret");
  REQUIRE(f.statistics_after(1).failed == 1);
  f.rehasher->offer("bob@test.com", "$1$weak", "secret");
  REQUIRE(f.statistics_after(2).failed == 2);
  f.rehasher->offer("alice@test.com", "$1$weak", "secret");
  CHECK(f.statistics_after(3).failed == 3);
  f.rehasher.reset();
  CHECK(f.log.count("rehash_failed") == 1);
  CHECK(f.log.has("rehash_failed: user=alice@test.com: database: away; the next login tries again"));
}

TEST_CASE("A password that can't be hashed is a failure") {
  Fixture f;
  f.start();
  f.rehasher->offer("alice@test.com", "$1$weak", "unhashable");
  f.rehasher->offer("bob@test.com", "$1$weak", "secret");
  const auto statistics = f.statistics_after(2);
  CHECK(statistics.failed == 1);
  CHECK(statistics.done == 1);
  f.rehasher.reset();
  CHECK(f.log.has("rehash_failed: user=alice@test.com: the new hash can't be computed"));
}

TEST_CASE("Several connections of one client are one offer, and only so many wait") {
  Fixture f;
  f.writer.hold(true);
  f.start();
  f.rehasher->offer("0", "$1$weak", "secret");
  REQUIRE(f.writer.await_begun(1));
  for (int i = 0; i < 3; ++i)
    f.rehasher->offer("0", "$1$weak", "secret");
  for (std::size_t i = 1; i <= Rehasher::kMaxQueued + 2; ++i) {
    f.rehasher->offer(std::to_string(i), "$1$weak", "secret");
    f.rehasher->offer(std::to_string(i), "$1$weak", "secret");
  }
  CHECK(f.rehasher->statistics().dropped == 4);
  f.writer.hold(false);
  REQUIRE(f.writer.await_ended(static_cast<int>(Rehasher::kMaxQueued) + 1));
  f.rehasher.reset();
  CHECK(f.writer.written().size() == Rehasher::kMaxQueued + 1);
}

TEST_CASE("The end waits for the one under way") {
  Fixture f;
  f.writer.hold(true);
  f.start();
  f.rehasher->offer("0", "$1$weak", "secret");
  REQUIRE(f.writer.await_begun(1));
  for (int i = 1; i < 50; ++i)
    f.rehasher->offer(std::to_string(i), "$1$weak", "secret");
  std::thread end([&f] { f.rehasher.reset(); });
  f.writer.hold(false);
  end.join();
  CHECK(f.writer.written().front() == "0 $1$weak -> strong(secret)");
}
