// SPDX-License-Identifier: MIT
#include "authd/hash_queue.hpp"

#include "support/catch.hpp"
#include "support/fake_directory.hpp"
#include "support/recording_log.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

using namespace extmail;
using namespace std::chrono_literals;
using authd::HashQueue;

namespace {

constexpr const char* kMd5Crypt = "$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C0";  // `extmail`
constexpr const char* kSmd5 = "{SMD5}HoBTJWW9N1B+pLWyNIbFAHNhbHQ=";      // which can't be checked with others

/// A queue with one thread, which is held until it is let go, at the latest at the end.
class HeldQueue {
 public:
  HeldQueue() : queue_(1, metrics_, clock_, log_) {
    std::promise<void> running;
    auto is_running = running.get_future();
    const bool accepted =
        queue_.run("", Time::max(), [opened = opened_.get_future().share(), &running](bool) {
          running.set_value();
          opened.wait();
        });
    REQUIRE(accepted);
    is_running.wait();
  }
  ~HeldQueue() { let_go(); }
  HeldQueue(const HeldQueue&) = delete;
  HeldQueue& operator=(const HeldQueue&) = delete;

  [[nodiscard]] bool check(const std::string& remote, const std::string& name, const char* stored = kMd5Crypt,
                           const char* password = "extmail", Deadline deadline = Time::max()) {
    return queue_.check(remote, {password, stored}, deadline, [this, name](auto result) {
      const std::lock_guard lock(mutex_);
      answers_ += answers_.empty() ? name : ' ' + name;
      if (!result) answers_ += " late";
      if (result == PasswordCheck::Mismatch) answers_ += " wrong";
      if (result == PasswordCheck::Unusable) answers_ += " unusable";
    });
  }

  void let_go() {
    if (!std::exchange(is_open_, true)) opened_.set_value();
  }

  /// Who was answered, in that order, once there is nothing left to do.
  std::string answers() {
    let_go();
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (queue_.size() > 0) {
      REQUIRE(std::chrono::steady_clock::now() < end);
      std::this_thread::yield();
    }
    const std::lock_guard lock(mutex_);
    return answers_;
  }

  [[nodiscard]] std::size_t size() const { return queue_.size(); }
  void pass(std::chrono::seconds time) { clock_.advance(time); }
  [[nodiscard]] std::string metrics() const {
    metrics::Families families;
    metrics_.collect(families);
    return families.page();
  }

 private:
  tests::FakeClock clock_;
  tests::RecordingLog log_;
  authd::LoginMetrics metrics_;
  std::mutex mutex_;
  std::string answers_;  // guarded by mutex_
  std::promise<void> opened_;
  bool is_open_ = false;
  HashQueue queue_;
};

constexpr const char* kHere = "192.0.2.1";
constexpr const char* kThere = "198.51.100.1";

}  // namespace

TEST_CASE("Networks take turns") {
  HeldQueue queue;
  for (const char* name : {"a", "b", "c"})
    CHECK(queue.check(kHere, name, kSmd5));
  CHECK(queue.check(kThere, "x", kSmd5));
  CHECK(queue.size() == 5);
  CHECK(queue.answers() == "a x b c");
}

TEST_CASE("Passwords that can be checked with others go with who has his turn first") {
  HeldQueue queue;
  for (const char* name : {"a", "b", "c", "d", "e", "f", "g", "h", "i"})
    CHECK(queue.check(kHere, name));
  CHECK(queue.check(kThere, "x", kSmd5));
  CHECK(queue.check("", "y"));
  // Eight at a time; a's network has its next turn after x and y, with whom the rest goes.
  CHECK(queue.answers() == "a b c d e f g h x y i");
  CHECK_THAT(queue.metrics(),
             tests::contains_text("\nextmail_authd_hash_duration_seconds_count 12"));  // one holds the queue
}

TEST_CASE("Each that is checked with others is told of its own") {
  HeldQueue queue;
  CHECK(queue.check(kHere, "a"));
  CHECK(queue.check(kHere, "b", kMd5Crypt, "wrong"));
  CHECK(queue.check(kThere, "c", "{CRYPT}$1$phz1mRrj$"));
  CHECK(queue.check(kThere, "d", "{MD5-CRYPT}$1$phz1mRrj$3ok6BjeaoJYWDBsEPZb5C0"));
  CHECK(queue.check("", "e", kMd5Crypt, "also wrong"));
  CHECK(queue.check("", "f"));
  CHECK(queue.answers() == "a b wrong d e wrong f c unusable");
}

TEST_CASE("Who has waited too long is told so, and checked neither alone nor with others") {
  HeldQueue queue;
  CHECK(queue.check(kHere, "a", kMd5Crypt, "extmail", Time(10s)));
  CHECK(queue.check(kHere, "b", kMd5Crypt, "extmail", Time(5s)));
  CHECK(queue.check(kHere, "c", kSmd5, "extmail", Time(6s)));
  CHECK(queue.check(kHere, "d", kSmd5, "extmail", Time(7s)));
  queue.pass(6s);
  CHECK(queue.answers() == "b late a c late d");
}

TEST_CASE("One network fills its own part of the queue only") {
  HeldQueue queue;
  for (std::size_t i = 0; i < HashQueue::kMaxQueuedOfNetwork; ++i)
    REQUIRE(queue.check(kHere, "a"));
  CHECK_FALSE(queue.check(kHere, "refused"));
  CHECK_FALSE(queue.check("192.0.2.255", "refused", kSmd5));
  CHECK(queue.check(kThere, "x"));
  CHECK(queue.size() == HashQueue::kMaxQueuedOfNetwork + 2);
  const std::string answers = queue.answers();
  CHECK(answers.find("refused") == std::string::npos);
  CHECK(static_cast<std::size_t>(std::count(answers.begin(), answers.end(), 'a')) ==
        HashQueue::kMaxQueuedOfNetwork);
  CHECK(static_cast<std::size_t>(std::count(answers.begin(), answers.end(), 'x')) == 1);
}

TEST_CASE("Whoever waits at the end is let go of") {
  auto waiting = std::make_shared<int>();
  {
    tests::FakeClock clock;
    tests::RecordingLog log;
    authd::LoginMetrics metrics;
    std::promise<void> running;
    std::promise<void> ending;
    HashQueue queue(1, metrics, clock, log);
    const bool is_held = queue.run("", Time::max(), [&](bool) {
      running.set_value();
      ending.get_future().wait();
    });
    REQUIRE(is_held);
    running.get_future().wait();
    constexpr long kWaiting = 100;
    for (long i = 0; i < kWaiting; ++i)
      CHECK(queue.check("", {"extmail", kMd5Crypt}, Time::max(), [waiting](auto) {}));
    CHECK(waiting.use_count() == 1 + kWaiting);
    ending.set_value();
  }
  CHECK(waiting.use_count() == 1);
}
