// SPDX-License-Identifier: MIT
#include "authd/last_logins.hpp"

#include "support/catch.hpp"
#include "support/fake_directory.hpp"
#include "support/recording_log.hpp"

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace extmail;
using namespace std::chrono_literals;
using authd::LastLogins;

namespace {

constexpr auto kLongest = 60s;  // for a machine that has other things to do
constexpr const char* kUser = "alice@test.com";
const std::chrono::system_clock::time_point kThen{1'800'000'000s};

/// Keeps what is written, fails when told to, and can be waited for.
class FakeSink final : public LastLoginSink {
 public:
  Answer<std::size_t> write(std::span<const LastLogin> logins, Deadline deadline) override {
    std::unique_lock lock(mutex_);
    ++calls_;
    last_deadline = deadline;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !is_held_; });
    if (failure_) return *failure_;
    written_.insert(written_.end(), logins.begin(), logins.end());
    return Answer<std::size_t>::found(logins.size());
  }

  void fail_with(std::optional<Answer<std::size_t>> failure) {
    const std::lock_guard lock(mutex_);
    failure_ = std::move(failure);
  }
  void hold(bool held) {
    const std::lock_guard lock(mutex_);
    is_held_ = held;
    changed_.notify_all();
  }
  [[nodiscard]] bool await_calls(int more) {
    std::unique_lock lock(mutex_);
    const int wanted = calls_ + more;
    return changed_.wait_for(lock, kLongest, [&] { return calls_ >= wanted; });
  }
  [[nodiscard]] std::vector<LastLogin> written() const {
    const std::lock_guard lock(mutex_);
    return written_;
  }

  Deadline last_deadline;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<LastLogin> written_;
  std::optional<Answer<std::size_t>> failure_;
  bool is_held_ = false;
  int calls_ = 0;
};

struct Fixture {
  /// An hour is never over in a test: only the end writes.
  void start(std::chrono::milliseconds interval = 1h) {
    logins = std::make_unique<LastLogins>(LastLogins::Settings{interval}, sink, clock, log);
  }
  std::vector<LastLogin> end() {
    logins.reset();
    return sink.written();
  }

  FakeSink sink;
  tests::FakeClock clock;
  tests::RecordingLog log;
  std::unique_ptr<LastLogins> logins;
};

}  // namespace

TEST_CASE("What is noted is written") {
  Fixture f;
  f.start(1ms);
  f.logins->note(kUser, "imap", "192.0.2.1", kThen);
  REQUIRE(f.sink.await_calls(1));
  CHECK(f.end() == std::vector<LastLogin>{{kUser, "imap", "192.0.2.1", kThen}});
}

TEST_CASE("What waits is written at the end, within a short time") {
  Fixture f;
  f.start();
  f.logins->note(kUser, "imap", "192.0.2.1", kThen);
  CHECK(f.end() == std::vector<LastLogin>{{kUser, "imap", "192.0.2.1", kThen}});
  CHECK(f.sink.last_deadline == f.clock.now() + LastLogins::kLastChance);
}

TEST_CASE("Of a mailbox and service the newest is written, in whatever order they come") {
  Fixture f;
  f.start();
  f.logins->note(kUser, "imap", "192.0.2.1", kThen);
  f.logins->note(kUser, "imap", "192.0.2.2", kThen + 2s);
  f.logins->note(kUser, "imap", "192.0.2.3", kThen + 1s);
  f.logins->note(kUser, "pop3", "192.0.2.4", kThen);
  f.logins->note("bob@test.com", "imap", "192.0.2.5", kThen);
  auto written = f.end();
  std::sort(written.begin(), written.end(), [](const auto& a, const auto& b) { return a.remote < b.remote; });
  CHECK(written == std::vector<LastLogin>{{kUser, "imap", "192.0.2.2", kThen + 2s},
                                          {kUser, "pop3", "192.0.2.4", kThen},
                                          {"bob@test.com", "imap", "192.0.2.5", kThen}});
}

TEST_CASE("Only what fits the table is noted") {
  Fixture f;
  f.start();
  f.logins->note("1", "imap; DROP", "2001:db8::1", kThen);
  f.logins->note("2", std::string(33, 'x'), "fe80::1%eth0", kThen);
  f.logins->note("3", "", "unknown", kThen);
  f.logins->note("4", std::string(32, 'x'), "", kThen);
  auto written = f.end();
  std::sort(written.begin(), written.end(),
            [](const auto& a, const auto& b) { return a.username < b.username; });
  CHECK(written == std::vector<LastLogin>{{"1", "other", "2001:db8::1", kThen},
                                          {"2", "other", "fe80::1", kThen},
                                          {"3", "other", "", kThen},
                                          {"4", std::string(32, 'x'), "", kThen}});
}

TEST_CASE("Many are written in batches, each once") {
  Fixture f;
  f.start();
  for (int i = 0; i < 1000; ++i)
    f.logins->note(std::to_string(i), "imap", "", kThen);
  CHECK(f.logins->statistics().waiting == 1000);
  auto written = f.end();
  CHECK(written.size() == 1000);
  std::sort(written.begin(), written.end(),
            [](const auto& a, const auto& b) { return a.username < b.username; });
  CHECK(std::adjacent_find(written.begin(), written.end()) == written.end());
}

TEST_CASE("While the database is away they are kept, and that is logged once a minute") {
  Fixture f;
  f.sink.fail_with(Answer<std::size_t>::temporary_failure("database: away"));
  f.start(1ms);
  f.logins->note(kUser, "imap", "192.0.2.1", kThen);
  REQUIRE(f.sink.await_calls(3));
  CHECK(f.log.count(
            "last_logins_waiting: database: away; 1 last logins wait to be written, 0 found no room") == 1);
  CHECK(f.logins->statistics().written == 0);
  f.clock.advance(61s);
  REQUIRE(f.sink.await_calls(2));
  CHECK(f.log.count("last_logins_waiting") == 2);

  f.sink.fail_with(std::nullopt);
  REQUIRE(f.sink.await_calls(1));
  CHECK(f.end() == std::vector<LastLogin>{{kUser, "imap", "192.0.2.1", kThen}});
}

TEST_CASE("What comes while others are written is newer than what could not be") {
  Fixture f;
  f.sink.fail_with(Answer<std::size_t>::temporary_failure("database: away"));
  f.sink.hold(true);
  f.start(1ms);
  f.logins->note(kUser, "imap", "192.0.2.1", kThen);
  REQUIRE(f.sink.await_calls(1));
  f.logins->note(kUser, "imap", "192.0.2.2", kThen + 1s);  // does not wait for the one that is held
  f.sink.hold(false);
  REQUIRE(f.sink.await_calls(1));
  f.sink.fail_with(std::nullopt);
  CHECK(f.end() == std::vector<LastLogin>{{kUser, "imap", "192.0.2.2", kThen + 1s}});
}

TEST_CASE("Only so many wait; those that do are still brought up to date") {
  Fixture f;
  f.start();
  for (std::size_t i = 0; i < LastLogins::kMaxWaiting + 5; ++i)
    f.logins->note(std::to_string(i), "imap", "", kThen);
  CHECK(f.logins->statistics().waiting == LastLogins::kMaxWaiting);
  CHECK(f.logins->statistics().lost == 5);
  f.logins->note("0", "imap", "192.0.2.9", kThen + 1s);
  const auto written = f.end();
  CHECK(std::count(written.begin(), written.end(), LastLogin{"0", "imap", "192.0.2.9", kThen + 1s}) == 1);
}
