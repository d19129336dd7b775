// SPDX-License-Identifier: MIT
#include "policyd/limits/ledger.hpp"

#include "support/catch.hpp"
#include "support/fake_directory.hpp"
#include "support/fake_state.hpp"
#include "support/policy_request.hpp"
#include "support/recording_log.hpp"

#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace extmail;
using namespace std::chrono_literals;
using policyd::CountedLine;
using policyd::CountedLines;
using policyd::Ledger;
using policyd::Limit;
using policyd::MessageBook;

namespace {

constexpr auto kPeriod = std::chrono::hours(24);

/// The fake state, whose answers can be kept back.
class SlowState final : public policyd::State {
 public:
  explicit SlowState(const tests::FakeClock& clock) : state(clock) {}

  void take(std::vector<policyd::Charge> charges, Done<policyd::Taken> done) override {
    std::optional<Answer<policyd::Taken>> taken;
    state.take(std::move(charges), [&](Answer<policyd::Taken> answer) { taken = std::move(answer); });
    if (!is_slow) return done(*taken);
    waiting.emplace_back([done = std::move(done), answer = *taken] { done(answer); });
  }
  void give_back(std::vector<policyd::Return> returns) override { state.give_back(std::move(returns)); }
  void greylist(policyd::GreylistQuestion question, Done<policyd::GreylistAnswer> done) override {
    state.greylist(std::move(question), std::move(done));
  }
  void note_correspondent(std::string key, std::chrono::seconds lifetime) override {
    state.note_correspondent(std::move(key), lifetime);
  }
  void count_distinct(std::string key, std::string member, std::chrono::seconds period, std::size_t at_most,
                      Done<std::size_t> done) override {
    state.count_distinct(std::move(key), std::move(member), period, at_most, std::move(done));
  }
  void set_mark(policyd::Mark mark) override { state.set_mark(std::move(mark)); }
  void find_mark(std::string key, Done<std::optional<policyd::Mark>> done) override {
    state.find_mark(std::move(key), std::move(done));
  }
  void remove_mark(std::string key, Done<bool> done) override {
    state.remove_mark(std::move(key), std::move(done));
  }
  void list_marks(std::string prefix, std::size_t at_most, Done<std::vector<policyd::Mark>> done) override {
    state.list_marks(std::move(prefix), at_most, std::move(done));
  }
  [[nodiscard]] Statistics statistics() const override { return state.statistics(); }

  tests::FakeState state;
  bool is_slow = false;
  std::vector<std::function<void()>> waiting;
};

struct Scene {
  /// Counts a login's recipients and, of each recipient, bytes.
  std::string ask(std::uint64_t connection, const std::string& instance, const std::string& stage,
                  const std::string& recipient, std::uint64_t recipients = 0, std::uint64_t size = 0) {
    const auto facts = tests::policy_request({{"server_port", "587"},
                                              {"protocol_state", stage},
                                              {"instance", instance},
                                              {"recipient", recipient},
                                              {"recipient_count", std::to_string(recipients)},
                                              {"size", std::to_string(size)}},
                                             connection);
    CountedLines lines;
    const auto add = [&](const CountedLine& line) {
      lines.push_back(std::make_shared<const CountedLine>(line));
    };
    add({"joe", {most, kPeriod}, Limit::Count::Recipients, true, false, nullptr, "joe"});
    if (!recipient.empty())
      add({recipient, {1000, kPeriod}, Limit::Count::Bytes, true, true, nullptr, recipient});
    const auto said = std::make_shared<std::string>("waits");
    ledger.count(*facts, lines, [said](const Answer<Ledger::Outcome>& outcome) {
      *said = "failed";
      if (outcome.is_found()) *said = outcome.value().refused_by ? "refused" : "passed";
    });
    return *said;
  }
  std::string rcpt(std::uint64_t connection, const std::string& instance, const std::string& recipient) {
    return ask(connection, instance, "RCPT", recipient);
  }
  std::string end(std::uint64_t connection, const std::string& instance, std::uint64_t recipients,
                  std::uint64_t size = 100) {
    return ask(connection, instance, "END-OF-MESSAGE", recipients == 1 ? "a@x.org" : "", recipients, size);
  }

  std::uint64_t used(const std::string& key) {
    std::uint64_t count = 0;
    state.state.take({{key, {most, kPeriod}, 0, true}},
                     [&](const Answer<policyd::Taken>& taken) { count = taken.value().standings[0].used; });
    return count;
  }

  std::uint64_t most = 10;
  tests::FakeClock clock;
  SlowState state{clock};
  tests::RecordingLog log;
  Ledger ledger{state, clock, log};
};

}  // namespace

TEST_CASE("A request that comes again on another connection counts once") {
  struct Row {
    const char* story;
    bool closes_first;
  };
  for (const auto& [story, closes_first] : {Row{"when the first is closed", true}, Row{"before", false}}) {
    CAPTURE(story);
    Scene scene;
    CHECK(scene.rcpt(1, "m", "a@x.org") == "passed");
    CHECK(scene.rcpt(1, "m", "b@x.org") == "passed");
    CHECK(scene.end(1, "m", 2, 600) == "passed");
    if (closes_first) scene.ledger.ended(1);
    CHECK(scene.end(2, "m", 2, 600) == "passed");
    if (!closes_first) scene.ledger.ended(1);
    CHECK(scene.used("joe") == 2);
    CHECK(scene.used("a@x.org") == 600);
    scene.ledger.ended(2);
    CHECK(scene.used("joe") == 2);
  }
}

TEST_CASE("Each request is measured by the limit that holds for it, whatever the message began with") {
  Scene scene;
  CHECK(scene.rcpt(1, "m", "a@x.org") == "passed");
  scene.most = 1;
  CHECK(scene.rcpt(1, "m", "b@x.org") == "refused");
  scene.most = 2;
  CHECK(scene.rcpt(1, "m", "b@x.org") == "passed");
  CHECK(scene.rcpt(1, "m", "c@x.org") == "refused");
  CHECK(scene.used("joe") == 2);
}

TEST_CASE("What a lost connection gave back is counted again when the message goes on") {
  Scene scene;
  CHECK(scene.end(9, "other", 1) == "passed");  // the end is asked about
  CHECK(scene.rcpt(1, "m", "b@x.org") == "passed");
  CHECK(scene.rcpt(1, "m", "c@x.org") == "passed");
  scene.ledger.ended(1);
  CHECK(scene.used("joe") == 1);
  CHECK(scene.rcpt(2, "m", "c@x.org") == "passed");
  CHECK(scene.used("joe") == 3);
  CHECK(scene.end(2, "m", 2, 700) == "passed");
  CHECK(scene.used("joe") == 3);
  CHECK(scene.used("b@x.org") == 700);
}

TEST_CASE("A request whose answer took too long is not counted beside the one that came after it") {
  Scene scene;
  scene.state.is_slow = true;
  CHECK(scene.end(1, "m", 3, 100) == "waits");
  CHECK(scene.end(2, "m", 3, 100) == "waits");
  SECTION("in order") {
    scene.state.waiting[0]();
    scene.state.waiting[1]();
  }
  SECTION("in the other order") {
    scene.state.waiting[1]();
    scene.state.waiting[0]();
  }
  CHECK(scene.used("joe") == 3);
}

TEST_CASE("An answer that comes when the connection is lost counts nothing until the message goes on") {
  Scene scene;
  scene.state.is_slow = true;
  CHECK(scene.end(1, "m", 3) == "waits");
  scene.ledger.ended(1);
  scene.state.waiting[0]();
  CHECK(scene.used("joe") == 0);
  scene.state.is_slow = false;
  CHECK(scene.end(2, "m", 3) == "passed");
  CHECK(scene.used("joe") == 3);
}

TEST_CASE("Who declares no size is not spared the sizes of several recipients") {
  Scene scene;
  CHECK(scene.rcpt(1, "m", "a@x.org") == "passed");
  CHECK(scene.rcpt(1, "m", "b@x.org") == "passed");
  CHECK(scene.end(1, "m", 2, 1000) == "passed");
  CHECK(scene.used("a@x.org") == 1000);
  CHECK(scene.used("b@x.org") == 1000);
  CHECK(scene.rcpt(1, "full", "b@x.org") == "refused");  // at RCPT, where it is one recipient's
  CHECK(scene.rcpt(1, "large", "c@x.org") == "passed");
  CHECK(scene.rcpt(1, "large", "d@x.org") == "passed");
  CHECK(scene.end(1, "large", 2, 1001) == "refused");
  CHECK(scene.used("c@x.org") == 0);
}

TEST_CASE("A recipient that others refused is not counted where the one that was left is named") {
  Scene scene;
  CHECK(scene.rcpt(1, "m", "a@x.org") == "passed");
  CHECK(scene.rcpt(1, "m", "b@x.org") == "passed");
  CHECK(scene.end(1, "m", 1, 500) == "passed");
  CHECK(scene.used("joe") == 1);
  CHECK(scene.used("a@x.org") == 500);
  CHECK(scene.used("b@x.org") == 0);
}

TEST_CASE("A reservation has a time-out of its own, and a message that was slow is counted all the same") {
  Scene scene;
  CHECK(scene.end(9, "other", 1) == "passed");
  CHECK(scene.rcpt(1, "slow", "b@x.org") == "passed");
  CHECK(scene.rcpt(1, "slow", "c@x.org") == "passed");
  scene.clock.advance(MessageBook::kReservedFor - 1s);
  CHECK(scene.end(8, "m", 1) == "passed");
  CHECK(scene.used("joe") == 4);
  scene.clock.advance(1s);
  CHECK(scene.end(8, "n", 1) == "passed");
  CHECK(scene.used("joe") == 3);
  CHECK(scene.used("b@x.org") == 0);
  CHECK(scene.end(1, "slow", 2, 300) == "passed");
  CHECK(scene.used("joe") == 5);
  CHECK(scene.used("b@x.org") == 300);
}

TEST_CASE("Messages that are lost are forgotten in the end, and there are never more than so many") {
  Scene scene;
  scene.most = UINT64_MAX;
  constexpr std::uint64_t kMore = 100;
  for (std::uint64_t i = 1; i <= MessageBook::kMaxLost + kMore; ++i) {
    scene.end(i, "m" + std::to_string(i), 1, 0);
    scene.ledger.ended(i);
  }
  CHECK(scene.ledger.messages() <= MessageBook::kMaxLost + 1);
  scene.clock.advance(MessageBook::kLostFor);
  CHECK(scene.end(1, "last", 1) == "passed");
  CHECK(scene.ledger.messages() == 1);
}

TEST_CASE("A state that fails counts nothing, and the same request counts later") {
  Scene scene;
  scene.state.state.fail(true);
  CHECK(scene.end(1, "m", 3) == "failed");
  scene.state.state.fail(false);
  CHECK(scene.end(1, "m", 3) == "passed");
  CHECK(scene.used("joe") == 3);
}
