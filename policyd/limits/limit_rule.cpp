// SPDX-License-Identifier: MIT
#include "policyd/limits/limit_rule.hpp"

#include "core/printable.hpp"
#include "policyd/access/recipient_names.hpp"
#include "policyd/limits/limit_subject.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace extmail::policyd {
namespace {

using Verdict = Answer<Judgement>;

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

bool is_counted_at(Stage stage) {
  return stage == Stage::Rcpt || stage == Stage::Data || stage == Stage::EndOfMessage;
}

}  // namespace

class LimitRule::Core {
 public:
  Core(LimitsSettings settings, const Clock& clock, Log& log)
      : settings_(std::make_shared<const LimitsSettings>(std::move(settings))),
        clock_(clock),
        log_(log),
        refusals_(std::make_unique<std::atomic<std::uint64_t>[]>(settings_->limits.size())) {}

  [[nodiscard]] const std::vector<Limit>& limits() const { return settings_->limits; }
  [[nodiscard]] std::uint64_t refusals(std::size_t limit) const { return refusals_[limit]; }
  [[nodiscard]] std::size_t nameless_rows() {
    const std::lock_guard lock(mutex_);
    return nameless_.size();
  }

  /// For a line, which may outlast this configuration.
  [[nodiscard]] std::shared_ptr<const Limit> share(const Limit& limit) const { return {settings_, &limit}; }

  /// Of rows that mean nothing.
  void complain(const Allowance& allowance) {
    if (!allowance.fault.empty() && may_complain_(clock_.now()))
      log_.write(Level::Error, "rule_failed", "limits: " + allowance.fault);
    for (const auto& text : allowance.nameless) {
      const std::lock_guard lock(mutex_);
      if (nameless_.size() >= kMaxNamelessRows || !nameless_.insert(text).second) continue;
      log_.write(Level::Warning, "limit_unknown", text);
    }
  }

  [[nodiscard]] Answer<Action> answer(const Facts& facts, const Ledger::Outcome& outcome) {
    if (outcome.refused_by) {
      const CountedLine& line = *outcome.lines[*outcome.refused_by];
      count_refusal(*line.limit);
      return Answer<Action>::found(
          {line.limit->action, reason(line, outcome.standings[*outcome.refused_by])});
    }
    for (std::size_t i = 0; i < outcome.lines.size(); ++i) {
      const CountedLine& line = *outcome.lines[i];
      if (!line.limit->is_log_only || outcome.standings[i].used <= line.window.limit) continue;
      count_refusal(*line.limit);
      log_.write(Level::Info, "tried_out",
                 facts.describe() + " rule=limits: " + line.limit->action + " (" +
                     reason(line, outcome.standings[i]) + ')');
    }
    return Answer<Action>::not_found();
  }

 private:
  /// More than anybody mends at once.
  static constexpr std::size_t kMaxNamelessRows = 1000;

  [[nodiscard]] static std::string reason(const CountedLine& line, const Standing& standing) {
    return "limit=" + line.limit->name + " of=" + log_value(line.subject) + ": " +
           std::to_string(standing.used) + " of " + std::to_string(line.window.limit) + ' ' +
           std::string(name_of(line.count)) + " in " + text_of(line.window.period) + ", room in " +
           std::to_string(standing.room_in.count()) + " s";
  }

  /// The limit may be one of an earlier configuration.
  void count_refusal(const Limit& limit) {
    for (std::size_t place = 0; place < limits().size(); ++place) {
      if (limits()[place].name == limit.name) ++refusals_[place];
    }
  }

  const std::shared_ptr<const LimitsSettings> settings_;
  const Clock& clock_;
  Log& log_;
  OncePerMinute may_complain_;
  const std::unique_ptr<std::atomic<std::uint64_t>[]> refusals_;  // by limit
  std::mutex mutex_;                                              // guards nameless_
  std::set<std::string> nameless_;                                // what was said of them
};

LimitRule::LimitRule(Ledger& ledger, std::shared_ptr<const MailRules> mail, LimitsSettings settings,
                     const Clock& clock, Log& log)
    : ledger_(ledger),
      mail_(std::move(mail)),
      clock_(clock),
      core_(std::make_shared<Core>(std::move(settings), clock, log)) {}

const Answer<std::vector<Address>>& LimitRule::recipient_names(const Facts& facts, const Rows& rows) const {
  static const auto none = Answer<std::vector<Address>>::found({});
  const auto& limits = core_->limits();
  if (!facts.recipient() || std::none_of(limits.begin(), limits.end(), is_of_recipients)) return none;
  return rows.names_of(*facts.recipient(), AddressMaps(rows.directory, clock_, *mail_));
}

Verdict LimitRule::judge(const std::shared_ptr<const Facts>& facts, const Rows& rows) const {
  if (!is_counted_at(facts->stage())) return Verdict::not_found();
  CountedLines lines;
  std::optional<Verdict> failure;
  const auto& names = recipient_names(*facts, rows);
  if (!names.is_found()) failure = Verdict::same_failure(names);
  const std::vector<Address> unknown;
  for (const Limit& limit : core_->limits()) {
    const auto subject =
        subject_of(limit, *facts, names.is_found() ? names.value() : unknown, mail_->recipient_delimiter);
    if (!subject) continue;
    // All are asked for before one that fails ends it, so that rows which are missing are fetched at one go.
    const auto allowance = allowance_of(limit, *subject, core_->limits(), rows);
    if (!allowance.is_found()) failure = Verdict::same_failure(allowance);
    if (failure) continue;
    core_->complain(allowance.value());
    if (!allowance.value().most) continue;
    const auto add = [&](Window window) {
      lines.push_back(std::make_shared<const CountedLine>(
          CountedLine{limit_key(limit.name, window, subject->name), window, limit.count, !limit.is_log_only,
                      subject->is_of_recipient, core_->share(limit), subject->name}));
    };
    add({*allowance.value().most, limit.window.period});
    if (limit.burst) add(*limit.burst);
  }
  if (failure) return std::move(*failure);
  // Without a line of its own too: the request may concern lines that the message had before, or end another message.
  return Verdict::found(Step([&ledger = ledger_, core = core_, facts,
                              lines = std::move(lines)](std::function<void(Answer<Action>)> done) {
    ledger.count(*facts, lines,
                 [core, facts, done = std::move(done)](const Answer<Ledger::Outcome>& outcome) {
                   if (!outcome.is_found()) return done(Answer<Action>::same_failure(outcome));
                   done(core->answer(*facts, outcome.value()));
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
  families.gauge(
      "extmail_policyd_limit_rows_unknown",
      "Rows of extmail_policy seen since the start or a reload that name a limit which does not exist "
      "(limit_unknown): misspelt?",
      {{{}, static_cast<double>(core_->nameless_rows())}});
}

}  // namespace extmail::policyd
