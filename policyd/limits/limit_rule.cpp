// SPDX-License-Identifier: MIT
#include "policyd/limits/limit_rule.hpp"

#include "core/printable.hpp"
#include "policyd/limits/limit_subject.hpp"
#include "policyd/state/state_key.hpp"

#include <algorithm>
#include <atomic>
#include <string>
#include <utility>
#include <vector>

namespace extmail::policyd {
namespace {

using Verdict = Answer<Judgement>;

/// A line of the ledger, and whose it is.
struct Counted {
  std::size_t limit = 0;  ///< its place in the settings
  std::string subject;
};

/// As `1 h`, `10 min`: the largest unit that it is a multiple of.
std::string text_of(std::chrono::seconds period) {
  constexpr std::int64_t kMinute = 60;
  constexpr std::int64_t kHour = 3600;
  constexpr std::int64_t kDay = 86'400;
  const auto count = period.count();
  if (count % kDay == 0) return std::to_string(count / kDay) + " d";
  if (count % kHour == 0) return std::to_string(count / kHour) + " h";
  if (count % kMinute == 0) return std::to_string(count / kMinute) + " min";
  return std::to_string(count) + " s";
}

std::string_view unit_of(Limit::Count count) {
  switch (count) {
    case Limit::Count::Messages:
      return "messages";
    case Limit::Count::Bytes:
      return "bytes";
    case Limit::Count::Recipients:
      break;
  }
  return "recipients";
}

bool is_counted_at(Stage stage) {
  return stage == Stage::Rcpt || stage == Stage::Data || stage == Stage::EndOfMessage;
}

}  // namespace

class LimitRule::Core {
 public:
  Core(LimitsSettings settings, const Clock& clock, Log& log)
      : settings_(std::move(settings)),
        clock_(clock),
        log_(log),
        refusals_(std::make_unique<std::atomic<std::uint64_t>[]>(settings_.limits.size())) {}

  [[nodiscard]] const std::vector<Limit>& limits() const { return settings_.limits; }
  [[nodiscard]] std::uint64_t refusals(std::size_t limit) const { return refusals_[limit]; }

  /// Of a row that makes no sense.
  void complain(const std::string& fault) {
    if (may_complain_(clock_.now())) log_.write(Level::Error, "rule_failed", "limits: " + fault);
  }

  [[nodiscard]] Answer<Action> answer(const Facts& facts, const std::vector<Ledger::Line>& lines,
                                      const std::vector<Counted>& counted, const Ledger::Outcome& outcome) {
    if (outcome.refused_by) {
      const std::size_t line = *outcome.refused_by;
      const Limit& limit = limits()[counted[line].limit];
      ++refusals_[counted[line].limit];
      return Answer<Action>::found(
          {limit.action, reason(limit, lines[line], counted[line], outcome.standings[line])});
    }
    for (std::size_t line = 0; line < lines.size(); ++line) {
      const Limit& limit = limits()[counted[line].limit];
      if (!limit.is_log_only || outcome.standings[line].used <= lines[line].window.limit) continue;
      ++refusals_[counted[line].limit];
      log_.write(Level::Info, "tried_out",
                 facts.describe() + " rule=limits: " + limit.action + " (" +
                     reason(limit, lines[line], counted[line], outcome.standings[line]) + ')');
    }
    return Answer<Action>::not_found();
  }

 private:
  [[nodiscard]] static std::string reason(const Limit& limit, const Ledger::Line& line,
                                          const Counted& counted, const Standing& standing) {
    return "limit=" + limit.name + " of=" + log_value(counted.subject) + ": " +
           std::to_string(standing.used) + " of " + std::to_string(line.window.limit) + ' ' +
           std::string(unit_of(limit.count)) + " in " + text_of(line.window.period) + ", room in " +
           std::to_string(standing.room_in.count()) + " s";
  }

  const LimitsSettings settings_;
  const Clock& clock_;
  Log& log_;
  OncePerMinute may_complain_;
  const std::unique_ptr<std::atomic<std::uint64_t>[]> refusals_;  // by limit
};

LimitRule::LimitRule(Ledger& ledger, std::shared_ptr<const MailRules> mail, LimitsSettings settings,
                     const Clock& clock, Log& log)
    : ledger_(ledger),
      mail_(std::move(mail)),
      core_(std::make_shared<Core>(std::move(settings), clock, log)) {}

Verdict LimitRule::judge(const std::shared_ptr<const Facts>& facts, const Rows& rows) const {
  if (!is_counted_at(facts->stage())) return Verdict::not_found();
  std::vector<Ledger::Line> lines;
  std::vector<Counted> counted;
  std::optional<Verdict> failure;
  for (std::size_t place = 0; place < core_->limits().size(); ++place) {
    const Limit& limit = core_->limits()[place];
    const auto subject = subject_of(limit, *facts, mail_->recipient_delimiter);
    if (!subject) continue;
    // All are asked for before one that fails ends it, so that rows which are missing are fetched at one go.
    const auto allowance = allowance_of(limit, *subject, rows.policies);
    if (!allowance.is_found()) failure = Verdict::same_failure(allowance);
    if (failure) continue;
    if (!allowance.value().fault.empty()) core_->complain(allowance.value().fault);
    if (!allowance.value().most) continue;
    const auto add = [&](Window window) {
      lines.push_back({state_key({"limit", limit.name, std::to_string(window.period.count()), subject->name}),
                       window, limit.count, !limit.is_log_only, subject->is_of_recipient});
      counted.push_back({place, subject->name});
    };
    add({*allowance.value().most, limit.window.period});
    if (limit.burst) add(*limit.burst);
  }
  if (failure) return std::move(*failure);
  if (lines.empty()) return Verdict::not_found();
  return Verdict::found(Step([&ledger = ledger_, core = core_, facts, lines = std::move(lines),
                              counted = std::move(counted)](std::function<void(Answer<Action>)> done) {
    ledger.count(
        *facts, lines,
        [core, facts, lines, counted, done = std::move(done)](const Answer<Ledger::Outcome>& outcome) {
          if (!outcome.is_found()) return done(Answer<Action>::same_failure(outcome));
          done(core->answer(*facts, lines, counted, outcome.value()));
        });
  }));
}

void LimitRule::collect(metrics::Families& families) const {
  std::vector<metrics::Sample> samples;
  for (std::size_t place = 0; place < core_->limits().size(); ++place) {
    samples.push_back(
        {{{"limit", core_->limits()[place].name}}, static_cast<double>(core_->refusals(place))});
  }
  families.counter("extmail_policyd_limit_reached_total",
                   "Requests that went beyond a limit, those of limits on trial too.", samples);
}

}  // namespace extmail::policyd
