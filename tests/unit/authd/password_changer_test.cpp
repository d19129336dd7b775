// SPDX-License-Identifier: MIT
#include "authd/password_changer.hpp"

#include "core/password.hpp"
#include "support/catch.hpp"
#include "support/fake_directory.hpp"
#include "support/recording_log.hpp"

#include <condition_variable>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

using namespace extmail;
using authd::PasswordChanger;
using namespace std::chrono_literals;

namespace {

constexpr auto kLongest = 60s;  // for a machine that has other things to do

/// Keeps what is written; each write waits while it is held.
class FakeWriter final : public PasswordWriter {
 public:
  struct Written {
    std::string username, old, replacement, clear;
  };

  Answer<Changed> replace(std::string_view, const Secret&, const Secret&, Deadline) override {
    FAIL("a change of password is no rehash");
    return answer;
  }
  Answer<Changed> change(std::string_view username, const Secret& old, const Secret& replacement,
                         const Secret& clear, Deadline) override {
    std::unique_lock lock(mutex_);
    ++begun_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !is_held_; });
    written_.push_back({std::string(username), std::string(old.view()), std::string(replacement.view()),
                        std::string(clear.view())});
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
  [[nodiscard]] std::vector<Written> written() const {
    const std::lock_guard lock(mutex_);
    return written_;
  }

  Answer<Changed> answer = Answer<Changed>::found({});  // set before it is used

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Written> written_;
  bool is_held_ = false;
  int begun_ = 0;
};

struct Fixture {
  PasswordChanger::Change change(const std::string& username, const std::string& password = "Sek.ret2") {
    PasswordChanger::Change change;
    change.username = username;
    change.stored = Secret("$1$stored");
    change.password = Secret(password);
    change.rules = rules;
    change.deadline = clock.now() + 8s;
    return change;
  }
  Outcome outcome_of(PasswordChanger::Change change) {
    std::promise<Outcome> promise;
    const bool accepted = changer.submit(
        std::move(change), [&](const Answer<Changed>& answer) { promise.set_value(answer.outcome()); });
    REQUIRE(accepted);
    auto future = promise.get_future();
    REQUIRE(future.wait_for(kLongest) == std::future_status::ready);
    return future.get();
  }

  FakeWriter writer;
  tests::FakeClock clock;
  tests::RecordingLog log;
  authd::NewPasswordRules rules;
  PasswordChanger changer{writer, clock, log};
};

}  // namespace

TEST_CASE("A new password is stored as a hash that it matches, by the scheme that was chosen") {
  struct Case {
    NewHash hash;
    const char* prefix;
  };
  for (const auto& c : {Case{NewHash::Sha512Crypt, "{CRYPT}$6$"}, Case{NewHash::Bcrypt, "{CRYPT}$2y$"},
                        Case{NewHash::Yescrypt, "{CRYPT}$y$"}}) {
    INFO(c.prefix);
    Fixture f;
    f.rules.hash = c.hash;
    REQUIRE(f.outcome_of(f.change("Alice@test.com")) == Outcome::Found);
    const auto written = f.writer.written().at(0);
    CHECK(written.username == "Alice@test.com");
    CHECK(written.old == "$1$stored");
    CHECK(written.replacement.rfind(c.prefix, 0) == 0);
    CHECK(check_password("Sek.ret2", written.replacement) == PasswordCheck::Match);
    CHECK(check_password("Sek.ret1", written.replacement) == PasswordCheck::Mismatch);
    CHECK(written.clear == "Sek.ret2");
  }
}

TEST_CASE("Without clear copies what was there is emptied") {
  Fixture f;
  f.rules.keeps_clear = false;
  REQUIRE(f.outcome_of(f.change("alice@test.com")) == Outcome::Found);
  CHECK(f.writer.written().at(0).clear.empty());
}

TEST_CASE("What the database says is the answer") {
  for (const auto& answer :
       {Answer<Changed>::not_found(), Answer<Changed>::temporary_failure("database: away"),
        Answer<Changed>::permanent_failure("database: UPDATE command denied")}) {
    Fixture f;
    f.writer.answer = answer;
    CHECK(f.outcome_of(f.change("alice@test.com")) == answer.outcome());
  }
}

TEST_CASE("What comes too late, or can't be hashed, is not written") {
  Fixture f;
  auto late = f.change("alice@test.com");
  late.deadline = f.clock.now();
  const Outcome outcome = f.outcome_of(std::move(late));
  CHECK(outcome == Outcome::TemporaryFailure);
  CHECK(f.outcome_of(f.change("alice@test.com", std::string(kMaxPasswordBytes + 1, 'x'))) ==
        Outcome::PermanentFailure);
  CHECK(f.writer.written().empty());
}

TEST_CASE("Only so many wait, and fewer of one user") {
  Fixture f;
  f.writer.hold(true);
  const auto ignore = [](const Answer<Changed>&) {};
  REQUIRE(f.changer.submit(f.change("first"), ignore));
  REQUIRE(f.writer.await_begun(1));
  std::size_t of_one = 0;
  while (of_one <= PasswordChanger::kMaxQueued && f.changer.submit(f.change("greedy"), ignore))
    ++of_one;
  CHECK(of_one == PasswordChanger::kMaxQueuedOfUser);
  std::size_t of_others = 0;
  while (of_others <= PasswordChanger::kMaxQueued &&
         f.changer.submit(f.change(std::to_string(of_others)), ignore))
    ++of_others;
  CHECK(1 + of_one + of_others == PasswordChanger::kMaxQueued);
  CHECK(f.log.has("overloaded: refusing password changes"));
  f.writer.hold(false);
}

TEST_CASE("The end waits for the change under way, and takes no other") {
  Fixture f;
  f.writer.hold(true);
  bool is_answered = false;  // read after the end only
  REQUIRE(f.changer.submit(f.change("first"), [&](const Answer<Changed>&) { is_answered = true; }));
  REQUIRE(f.writer.await_begun(1));
  std::thread end([&] { f.changer.end(); });
  f.writer.hold(false);
  end.join();
  CHECK(is_answered);
  CHECK_FALSE(f.changer.submit(f.change("second"), [](const Answer<Changed>&) { FAIL("it has ended"); }));
  CHECK(f.writer.written().size() == 1);
}
