// SPDX-License-Identifier: MIT
#include "counting_reference.hpp"
#include "policyd/limits/ledger.hpp"
#include "policyd/state/local_state.hpp"
#include "support/catch.hpp"
#include "support/fake_directory.hpp"
#include "support/recording_log.hpp"
#include "support/sanitized.hpp"

#include <array>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace extmail;
using namespace std::chrono_literals;
using policyd::CountedLine;
using policyd::CountedLines;
using policyd::Facts;
using policyd::Ledger;
using policyd::Limit;
using policyd::LocalState;
using tests::CountedRequest;
using Stage = tests::CountedRequest::Stage;

namespace {

constexpr int kHistories = tests::kIsSanitized ? 10'000 : 100'000;
constexpr int kOperations = 16;
constexpr std::size_t kSessions = 3;
constexpr std::size_t kUsers = 2;
constexpr std::size_t kRecipients = 4;
constexpr auto kPeriod = std::chrono::seconds(24h);  // longer than a history

struct LimitOfModel {
  Limit::Count count;
  std::uint64_t least;  // what it may be, and by how much it goes up
  std::uint64_t step;
  bool is_of_recipient;
};
constexpr std::array<LimitOfModel, 6> kLimits{{{Limit::Count::Messages, 2, 1, false},
                                               {Limit::Count::Recipients, 4, 1, false},
                                               {Limit::Count::Bytes, 600, 150, false},
                                               {Limit::Count::Messages, 2, 1, true},
                                               {Limit::Count::Recipients, 3, 1, true},
                                               {Limit::Count::Bytes, 500, 100, true}}};

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

std::string name_of(std::size_t recipient) {
  return std::string(1, static_cast<char>('a' + recipient)) + "@x.org";
}

std::string key(std::size_t limit, const std::string& subject) {
  return std::to_string(limit) + '.' + subject;
}

/// A message that a session sends.
struct Mail {
  std::string instance;
  std::string user;
  std::size_t size = 0;  // as declared
  std::vector<std::string> recipients;
  Stage reached = Stage::Rcpt;
  std::optional<CountedRequest> last;
};

/// Many sessions at once, and what the reference makes of them.
class History {
 public:
  explicit History(std::mt19937& random) : random_(random), wiring_(kWirings[pick(kWirings.size())]) {
    reload();
    for (auto& connection : connections_)
      connection = ++last_connection_;
  }

  /// How often a request was refused.
  int run() {
    for (int i = 0; i < kOperations; ++i) {
      pass(std::chrono::minutes(pick(3)));
      operate(pick(kSessions));
    }
    check();
    for (std::size_t session = 0; session < kSessions; ++session)
      close(session);
    check();
    return refusals_;
  }

 private:
  std::size_t pick(std::size_t below) {
    return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_);
  }
  void pass(std::chrono::minutes time) {
    clock_.advance(time);
    now_ += time;
  }

  void operate(std::size_t session) {
    auto& mail = mails_[session];
    if (!mail) return begin(session);
    switch (pick(14)) {
      case 0:
        return begin(session);
      case 1:  // the client goes, and its smtpd with it
        close(session);
        return mail.reset();
      case 2:  // the connection is lost: the next request, whenever that is, comes on another
        return close(session);
      case 3:  // Postfix asks once more: on the same connection, on another one, or before the first is closed
      case 4:
        return repeat(session, pick(3));
      case 5:
        return reload();
      case 6:
        return pass(std::chrono::minutes(25 + pick(40)));
      case 7:
        if (wiring_.data) later(session, Stage::Data);
        return;
      case 8:
      case 9:
      case 10:
        if (wiring_.end) later(session, Stage::End);
        return;
      default:
        if (wiring_.rcpt && mail->reached == Stage::Rcpt) rcpt(session);
        return;
    }
  }

  /// The configuration is another one from now on.
  void reload() {
    for (std::size_t i = 0; i < kLimits.size(); ++i) {
      is_there_[i] = pick(4) != 0;
      limits_[i] = kLimits[i].least + pick(3) * kLimits[i].step;
    }
  }

  /// With a first request: before that nobody knows of the new message, nor that the one before is over.
  void begin(std::size_t session) {
    mails_[session].emplace();
    mails_[session]->instance = std::to_string(++instances_);
    mails_[session]->user = "u" + std::to_string(pick(kUsers));
    mails_[session]->size = pick(2) == 0 ? 0 : pick(400);
    if (wiring_.rcpt) return rcpt(session);
    later(session, wiring_.data ? Stage::Data : Stage::End);
  }

  void rcpt(std::size_t session) {
    Mail& mail = *mails_[session];
    CountedRequest request;
    request.recipient = name_of(pick(kRecipients));
    request.size = mail.size;
    if (ask(session, request)) mail.recipients.push_back(request.recipient);
  }

  /// Some of the recipients may have been refused by others since.
  void later(std::size_t session, Stage stage) {
    Mail& mail = *mails_[session];
    if (mail.reached > stage) return;
    CountedRequest request;
    request.stage = stage;
    request.recipients = 1 + pick(mail.recipients.empty() ? 3 : mail.recipients.size());
    if (request.recipients == 1) {
      request.recipient = mail.recipients.empty() ? name_of(pick(kRecipients))
                                                  : mail.recipients[pick(mail.recipients.size())];
    }
    request.size = stage == Stage::Data ? mail.size : 1 + pick(500);
    if (ask(session, request)) mail.reached = stage;
  }

  void repeat(std::size_t session, std::size_t how) {
    if (!mails_[session]->last) return;
    const CountedRequest request = *mails_[session]->last;
    const std::uint64_t before = connections_[session];
    if (how == 1) close(session);
    if (how == 2) connections_[session] = ++last_connection_;
    ask(session, request);
    if (how == 2) close_connection(before);
  }

  void close(std::size_t session) {
    close_connection(connections_[session]);
    connections_[session] = ++last_connection_;
  }
  void close_connection(std::uint64_t connection) {
    reference_.closed(connection, now_);
    ledger_.ended(connection);
  }

  /// Whether it passed. An assertion for each would take longer than all the rest.
  bool ask(std::size_t session, CountedRequest request) {
    Mail& mail = *mails_[session];
    request.connection = connections_[session];
    request.instance = mail.instance;
    request.lines.clear();
    CountedLines lines;
    for (std::size_t i = 0; i < kLimits.size(); ++i) {
      const auto& limit = kLimits[i];
      const std::string subject = limit.is_of_recipient ? request.recipient : mail.user;
      if (!is_there_[i] || subject.empty()) continue;
      request.lines[key(i, subject)] = {limit.count, limits_[i], limit.is_of_recipient};
      lines.push_back(std::make_shared<const CountedLine>(CountedLine{key(i, subject),
                                                                      {limits_[i], kPeriod},
                                                                      limit.count,
                                                                      true,
                                                                      limit.is_of_recipient,
                                                                      nullptr,
                                                                      subject}));
    }
    mail.last = request;
    const bool fits = reference_.ask(request, now_);
    const bool passed = ask_ledger(request, lines);
    if (passed != fits) CHECK(passed == fits);
    if (!passed) ++refusals_;
    return passed;
  }

  bool ask_ledger(const CountedRequest& request, const CountedLines& lines) {
    constexpr std::array<const char*, 3> kStages{"RCPT", "DATA", "END-OF-MESSAGE"};
    const auto facts = Facts::read(
        std::string("request=smtpd_access_policy\nserver_port=587\nprotocol_state=") +
            kStages.at(static_cast<std::size_t>(request.stage)) + "\ninstance=" + request.instance +
            "\nrecipient=" + request.recipient + "\nrecipient_count=" + std::to_string(request.recipients) +
            "\nsize=" + std::to_string(request.size) + '\n',
        request.connection);
    std::optional<bool> passed;
    ledger_.count(*facts, lines, [&](const Answer<Ledger::Outcome>& outcome) {
      if (!outcome.is_found()) FAIL("the state did not answer");
      passed = !outcome.value().refused_by;
    });
    return passed.value();
  }

  void check() {
    for (std::size_t i = 0; i < kLimits.size(); ++i) {
      const bool is_of_recipient = kLimits[i].is_of_recipient;
      for (std::size_t who = 0; who < (is_of_recipient ? kRecipients : kUsers); ++who)
        check(key(i, is_of_recipient ? name_of(who) : "u" + std::to_string(who)), limits_[i]);
    }
  }
  void check(const std::string& counter, std::uint64_t limit) {
    state_.take({{counter, {limit, kPeriod}, 0, true}}, [&](const Answer<policyd::Taken>& taken) {
      if (!taken.is_found()) FAIL("the state did not answer");
      const std::uint64_t used = taken.value().standings.front().used;
      if (used == reference_.used(counter)) return;
      CAPTURE(counter);
      CHECK(used == reference_.used(counter));
    });
  }

  std::mt19937& random_;
  const Wiring wiring_;
  std::chrono::minutes now_{0};
  tests::FakeClock clock_;
  tests::RecordingLog log_;
  LocalState state_{std::size_t{1} << 20U, false, clock_};
  Ledger ledger_{state_, clock_, log_};
  tests::CountingReference reference_;
  std::array<bool, kLimits.size()> is_there_{};
  std::array<std::uint64_t, kLimits.size()> limits_{};
  int instances_ = 0;
  int refusals_ = 0;
  std::uint64_t last_connection_ = 0;
  std::array<std::uint64_t, kSessions> connections_{};
  std::array<std::optional<Mail>, kSessions> mails_;
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

TEST_CASE("Histories of mail, a hundred thousand of them, are counted as the mail that was") {
  const int refusals = run_histories(20261126);
  CHECK(refusals > kHistories / 2);  // else the limits were seldom reached, and little was tried
}
