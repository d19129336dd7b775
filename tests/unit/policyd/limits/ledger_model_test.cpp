// SPDX-License-Identifier: MIT
#include "policyd/limits/ledger.hpp"
#include "policyd/state/local_state.hpp"
#include "support/catch.hpp"
#include "support/fake_directory.hpp"
#include "support/recording_log.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace extmail;
using namespace std::chrono_literals;
using policyd::Facts;
using policyd::Ledger;
using policyd::Limit;
using policyd::LocalState;

namespace {

constexpr int kHistories = 100'000;
constexpr int kOperations = 16;
constexpr std::size_t kConnections = 3;
constexpr std::size_t kUsers = 2;

/// Of a user: messages, recipients, bytes.
using Counts = std::array<std::uint64_t, 3>;
constexpr Counts kLimits{3, 6, 900};
constexpr std::array<Limit::Count, 3> kCounts{Limit::Count::Messages, Limit::Count::Recipients,
                                              Limit::Count::Bytes};

/// Where Postfix asks.
struct Wiring {
  bool rcpt;
  bool data;
  bool end;
};
constexpr std::array<Wiring, 6> kWirings{{{true, false, true},
                                          {true, true, true},
                                          {true, false, false},
                                          {false, false, true},
                                          {true, true, false},
                                          {false, true, true}}};

/// One message of the reference.
struct Message {
  std::string instance;
  std::size_t user = 0;
  std::set<std::string> recipients;
  Counts counted{};
  int reached = 0;  // 0 nothing or RCPT, 1 DATA, 2 END-OF-MESSAGE
};

/// Counts as plainly as can be: what all messages have been counted with, added up.
class Reference {
 public:
  bool add(Message& message, const Counts& target) {
    Counts& used = used_[message.user];
    for (std::size_t i = 0; i < used.size(); ++i) {
      const std::uint64_t more = target[i] > message.counted[i] ? target[i] - message.counted[i] : 0;
      if (more > 0 && used[i] + more > kLimits[i]) return false;
    }
    for (std::size_t i = 0; i < used.size(); ++i)
      used[i] = used[i] - message.counted[i] + target[i];
    message.counted = target;
    return true;
  }
  void forget(Message& message) {
    for (std::size_t i = 0; i < message.counted.size(); ++i)
      used_[message.user][i] -= message.counted[i];
    message.counted = {};
  }
  void finish(Message& message) {
    const bool is_final =
        message.reached == 2 || (message.reached == 1 && !asks_at_end) || (!asks_at_end && !asks_at_data);
    if (!is_final) forget(message);
  }
  [[nodiscard]] const Counts& used(std::size_t user) const { return used_[user]; }

  bool asks_at_data = false;
  bool asks_at_end = false;

 private:
  std::array<Counts, kUsers> used_{};
};

std::string key(std::size_t user, std::size_t counter) {
  return "u" + std::to_string(user) + '.' + std::to_string(counter);
}

/// Many sessions at once, and what the reference makes of them.
class History {
 public:
  explicit History(std::mt19937& random) : random_(random), wiring_(kWirings[pick(kWirings.size())]) {}

  /// How often a request was refused.
  int run() {
    for (int i = 0; i < kOperations; ++i) {
      clock_.advance(std::chrono::seconds(pick(40)));  // within the period all told, over several slots
      operate(pick(kConnections));
    }
    check();
    for (std::size_t connection = 0; connection < kConnections; ++connection)
      close(connection);
    check();
    return refusals_;
  }

 private:
  std::size_t pick(std::size_t below) {
    return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_);
  }

  void operate(std::size_t connection) {
    auto& message = messages_[connection];
    if (!message) return begin(connection);
    switch (pick(8)) {
      case 0:
        return begin(connection);
      case 1:
        return close(connection);
      case 2:
        if (wiring_.data) later(connection, 1, sizes_[connection]);
        return;
      case 3:
      case 4:
        if (wiring_.end) later(connection, 2, pick(500));
        return;
      default:
        if (wiring_.rcpt && message->reached == 0) rcpt(connection);
        return;
    }
  }

  /// The next message of the session. The ledger hears of it, and of the last one's end, by the next request.
  void begin(std::size_t connection) {
    Message next;
    next.instance = std::to_string(++instances_);
    next.user = pick(kUsers);
    next_[connection] = next;
    if (!messages_[connection]) take_next(connection);
    sizes_[connection] = pick(400);
    ask_if_wired(connection);
  }
  void take_next(std::size_t connection) {
    if (!next_[connection]) return;
    if (messages_[connection]) reference_.finish(*messages_[connection]);
    messages_[connection] = next_[connection];
    next_[connection].reset();
  }
  /// A first request, so that both sides are told of the new message at once.
  void ask_if_wired(std::size_t connection) {
    if (wiring_.rcpt) return rcpt(connection);
    if (wiring_.data) return later(connection, 1, sizes_[connection]);
    later(connection, 2, pick(500));
  }

  void rcpt(std::size_t connection) {
    take_next(connection);
    Message& message = *messages_[connection];
    const std::string recipient(1, static_cast<char>('a' + pick(5)));
    Counts target = message.counted;
    target[0] = 1;
    target[1] += message.recipients.contains(recipient + "@x.org") ? 0 : 1;
    target[2] = std::max<std::uint64_t>(target[2], sizes_[connection]);
    const bool fits = reference_.add(message, target);
    if (fits) message.recipients.insert(recipient + "@x.org");
    expect_same(ask(connection, "RCPT",
                    "recipient=" + recipient + "@x.org\nsize=" + std::to_string(sizes_[connection])),
                fits);
  }

  void later(std::size_t connection, int stage, std::size_t size) {
    // A stage is known to be asked about from its first request on, which comes before the message before it is over.
    (stage == 1 ? reference_.asks_at_data : reference_.asks_at_end) = true;
    take_next(connection);
    Message& message = *messages_[connection];
    if (message.reached > stage) return;
    const std::uint64_t recipients = message.recipients.empty() ? 1 + pick(3) : message.recipients.size();
    const bool fits = reference_.add(message, {1, recipients, size});
    if (fits) {
      message.reached = stage;
    } else {
      reference_.forget(message);
    }
    expect_same(ask(connection, stage == 1 ? "DATA" : "END-OF-MESSAGE",
                    "recipient_count=" + std::to_string(recipients) + "\nsize=" + std::to_string(size)),
                fits);
  }

  void close(std::size_t connection) {
    if (messages_[connection]) reference_.finish(*messages_[connection]);
    messages_[connection].reset();
    next_[connection].reset();
    ledger_.ended(connection + 1);
  }

  /// An assertion for each would take longer than all the rest.
  void expect_same(bool passed, bool fits) {
    if (passed != fits) CHECK(passed == fits);
    if (!passed) ++refusals_;
  }

  /// Whether the request passed.
  bool ask(std::size_t connection, const std::string& stage, const std::string& more) {
    const Message& message = *messages_[connection];
    const auto facts = Facts::read("request=smtpd_access_policy\nserver_port=587\nprotocol_state=" + stage +
                                       "\ninstance=" + message.instance + '\n' + more + '\n',
                                   connection + 1);
    std::vector<Ledger::Line> lines;
    for (std::size_t i = 0; i < kLimits.size(); ++i)
      lines.push_back({key(message.user, i), {kLimits[i], 3600s}, kCounts[i], true, false});
    std::optional<bool> passed;
    ledger_.count(*facts, std::move(lines), [&](const Answer<Ledger::Outcome>& outcome) {
      if (!outcome.is_found()) FAIL("the state did not answer");
      passed = !outcome.value().refused_by;
    });
    return passed.value();
  }

  void check() {
    for (std::size_t user = 0; user < kUsers; ++user) {
      std::vector<policyd::Charge> charges;
      for (std::size_t i = 0; i < kLimits.size(); ++i)
        charges.push_back({key(user, i), {kLimits[i], 3600s}, 0, true});
      state_.take(charges, [&](const Answer<policyd::Taken>& taken) {
        if (!taken.is_found()) FAIL("the state did not answer");
        for (std::size_t i = 0; i < kLimits.size(); ++i) {
          if (taken.value().standings[i].used != reference_.used(user)[i]) {
            CAPTURE(user, i);
            CHECK(taken.value().standings[i].used == reference_.used(user)[i]);
          }
        }
      });
    }
  }

  std::mt19937& random_;
  const Wiring wiring_;
  tests::FakeClock clock_;
  tests::RecordingLog log_;
  LocalState state_{std::size_t{1} << 20U, false, clock_};
  Ledger ledger_{state_, log_};
  Reference reference_;
  int instances_ = 0;
  int refusals_ = 0;
  std::array<std::optional<Message>, kConnections> messages_;
  std::array<std::optional<Message>, kConnections> next_;
  std::array<std::size_t, kConnections> sizes_{};
};

/// The same each time for a seed, so that a difference can be looked at again: how many requests were refused.
int run_histories(unsigned seed) {
  std::mt19937 random(seed);
  int refusals = 0;
  for (int i = 0; i < kHistories; ++i)
    refusals += History(random).run();
  return refusals;
}

}  // namespace

TEST_CASE("A hundred thousand histories of mail are counted as the mail that was") {
  const int refusals = run_histories(20261126);
  CHECK(refusals > kHistories);  // else the limits were never reached, and little was tried
}
