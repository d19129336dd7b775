// SPDX-License-Identifier: MIT
#include "policyd/decisions/decision_record.hpp"

#include "support/catch.hpp"
#include "support/fake_directory.hpp"
#include "support/policy_request.hpp"
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
using policyd::Action;
using policyd::DecisionRecord;

namespace {

constexpr auto kLongest = 60s;  // for a machine that has other things to do
constexpr std::chrono::sys_seconds kNow{1'800'000'000s};

/// Keeps what is written and which age is removed, fails when told to, and can be waited for.
class FakeSink final : public DecisionSink {
 public:
  Answer<std::size_t> write(std::span<const Decision> decisions, Deadline deadline) override {
    std::unique_lock lock(mutex_);
    ++writes_;
    last_deadline = deadline;
    changed_.notify_all();
    if (failure_) return *failure_;
    written_.insert(written_.end(), decisions.begin(), decisions.end());
    return Answer<std::size_t>::found(decisions.size());
  }
  Answer<std::size_t> remove_before(std::chrono::sys_seconds oldest, Deadline) override {
    const std::lock_guard lock(mutex_);
    removals_.push_back(oldest);
    changed_.notify_all();
    if (failure_) return *failure_;
    const std::size_t part = std::min(old_, kMostRemoved);
    old_ -= part;
    return Answer<std::size_t>::found(part);
  }

  void fail_with(std::optional<Answer<std::size_t>> failure) {
    const std::lock_guard lock(mutex_);
    failure_ = std::move(failure);
  }
  void has_old(std::size_t rows) {
    const std::lock_guard lock(mutex_);
    old_ = rows;
  }
  [[nodiscard]] bool await_written(std::size_t rows) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kLongest, [&] { return written_.size() >= rows; });
  }
  [[nodiscard]] bool await_writes(int more) {
    std::unique_lock lock(mutex_);
    const int wanted = writes_ + more;
    return changed_.wait_for(lock, kLongest, [&] { return writes_ >= wanted; });
  }
  [[nodiscard]] bool await_removals(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kLongest, [&] { return removals_.size() >= count; });
  }
  [[nodiscard]] std::vector<Decision> written() const {
    const std::lock_guard lock(mutex_);
    return written_;
  }
  [[nodiscard]] std::vector<std::chrono::sys_seconds> removals() const {
    const std::lock_guard lock(mutex_);
    return removals_;
  }

  Deadline last_deadline;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Decision> written_;
  std::vector<std::chrono::sys_seconds> removals_;
  std::optional<Answer<std::size_t>> failure_;
  std::size_t old_ = 0;
  int writes_ = 0;
};

struct Fixture {
  /// An hour is never over in a test: only the end writes.
  void start(std::chrono::milliseconds interval = 1h) {
    record = std::make_unique<DecisionRecord>(
        DecisionRecord::Settings{48h, interval}, sink, clock, [] { return kNow; }, log);
  }
  void note(const std::string& recipient, const std::string& text = "REJECT no") const {
    const auto facts = tests::policy_request({{"protocol_state", "RCPT"},
                                              {"client_address", "192.0.2.1"},
                                              {"sasl_username", "alice@test.com"},
                                              {"sender", "alice@test.com"},
                                              {"recipient", recipient},
                                              {"queue_id", "4F2A"}});
    record->note(*facts, "limits", Action{text, "limit=a"});
  }
  std::vector<Decision> end() {
    record.reset();
    return sink->written();
  }

  std::shared_ptr<FakeSink> sink = std::make_shared<FakeSink>();
  tests::FakeClock clock;
  tests::RecordingLog log;
  std::unique_ptr<DecisionRecord> record;
};

Decision decision_of(const std::string& recipient) {
  return {kNow,   "rcpt",   "192.0.2.1", "alice@test.com", "alice@test.com", recipient,
          "4F2A", "limits", "reject",    "REJECT no",      "limit=a"};
}

}  // namespace

TEST_CASE("What was decided is written, in its order") {
  Fixture f;
  f.start(1ms);
  std::vector<Decision> expected;
  for (int i = 0; i < 1000; ++i) {
    f.note("r" + std::to_string(i));
    expected.push_back(decision_of("r" + std::to_string(i)));
  }
  REQUIRE(f.sink->await_written(1000));
  CHECK(f.record->statistics().lost == 0);
  CHECK(f.end() == expected);
}

TEST_CASE("What waits is written at the end, within a short time") {
  Fixture f;
  f.start();
  f.note("r");
  CHECK(f.record->statistics().waiting == 1);
  CHECK(f.end() == std::vector<Decision>{decision_of("r")});
  CHECK(f.sink->last_deadline == f.clock.now() + DecisionRecord::kLastChance);
}

TEST_CASE("Peer text is made fit for a row") {
  Fixture f;
  f.start();
  f.note(std::string(1000, 'x'));
  f.note("\x1b[2J\xff");
  f.note("用户@例子.example", "450 " + std::string(9000, 'y'));
  const auto written = f.end();
  REQUIRE(written.size() == 3);
  for (const auto& row : written) {
    CHECK(row.recipient.size() <= Decision::kMaxTextBytes);
    CHECK(row.text.size() <= Decision::kMaxTextBytes);
  }
  CHECK(written[0].recipient.substr(250) == "xx…");
  CHECK(written[1].recipient == "\\x1b[2J\\xff");
  CHECK(written[2].recipient == "用户@例子.example");
  CHECK(written[2].action == "defer");
}

TEST_CASE("While they can't be written they wait, within bounds, and what is lost is counted") {
  Fixture f;
  f.sink->fail_with(Answer<std::size_t>::temporary_failure("gone"));
  f.start(1ms);
  for (std::size_t i = 0; i < DecisionRecord::kMaxWaiting + 10; ++i)
    f.note(std::to_string(i));
  // While a batch is tried there is room for as many again, of which only those fit that do so afterwards.
  REQUIRE(f.sink->await_writes(2));
  f.record->note(*tests::policy_request({{"protocol_state", "RCPT"}}), "a", Action{"HOLD", ""});
  REQUIRE(f.sink->await_writes(2));
  CHECK(f.log.count("decisions_waiting: gone; ") == 1);
  f.sink->fail_with(std::nullopt);
  const std::size_t most = DecisionRecord::kMaxWaiting;
  REQUIRE(f.sink->await_written(most));
  f.record.reset();
  CHECK(f.sink->written().size() == most);
  CHECK(f.sink->written().front().recipient == "0");
  CHECK(f.sink->written().back().recipient == std::to_string(most - 1));
}

TEST_CASE("Old rows are removed in parts, then not looked for until a minute later") {
  Fixture f;
  f.sink->has_old(2 * DecisionSink::kMostRemoved + 1);
  f.start(1ms);
  REQUIRE(f.sink->await_removals(3));
  f.note("r");
  REQUIRE(f.sink->await_written(1));
  CHECK(f.sink->removals() == std::vector<std::chrono::sys_seconds>(3, kNow - 48h));
  f.clock.advance(DecisionRecord::kTidiedEvery);
  REQUIRE(f.sink->await_removals(4));
}

TEST_CASE("Old rows that can't be removed are told once a minute") {
  Fixture f;
  f.sink->fail_with(Answer<std::size_t>::permanent_failure("DELETE command denied"));
  f.start(1ms);
  REQUIRE(f.sink->await_removals(1));
  f.clock.advance(2min);
  REQUIRE(f.sink->await_removals(2));
  f.record.reset();
  CHECK(f.log.count("decisions_kept: DELETE command denied") == 2);
}

TEST_CASE("What waits when the sink is replaced is written to the new one, as is what comes after") {
  Fixture f;
  f.sink->fail_with(Answer<std::size_t>::temporary_failure("gone"));
  f.start(1ms);
  f.note("waits");
  REQUIRE(f.sink->await_writes(1));
  const auto old = std::exchange(f.sink, std::make_shared<FakeSink>());
  f.record->replace(f.sink);
  REQUIRE(f.sink->await_written(1));
  f.note("comes");
  REQUIRE(f.sink->await_written(2));
  f.clock.advance(DecisionRecord::kTidiedEvery);
  REQUIRE(f.sink->await_removals(1));
  CHECK(old.use_count() == 1);
  CHECK(old->written().empty());
  CHECK(f.end() == std::vector<Decision>{decision_of("waits"), decision_of("comes")});
}
