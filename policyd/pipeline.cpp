// SPDX-License-Identifier: MIT
#include "policyd/pipeline.hpp"

#include "core/idn.hpp"
#include "policyd/action_kind.hpp"
#include "policyd/findings.hpp"
#include "policyd/request_rows.hpp"

#include <cstddef>
#include <string_view>
#include <utility>

namespace extmail::policyd {
namespace {

using Mode = DecisionMetrics::Mode;

/// Rules write their actions themselves, and may write nonsense; Postfix would take an empty one for a fault of ours.
const std::string& never_empty(const std::string& action) {
  static const std::string dunno = "DUNNO";
  return action.empty() ? dunno : action;
}

}  // namespace

/// One request's way, held by whoever it waits for.
class Pipeline::Course : public std::enable_shared_from_this<Course> {
 public:
  Course(const Parts& parts, std::shared_ptr<const RuleSet> rules, std::shared_ptr<const Facts> facts,
         Reply reply, std::shared_ptr<Trail> trail)
      : parts_(parts),
        rules_(std::move(rules)),
        facts_(std::move(facts)),
        reply_(std::move(reply)),
        trail_(std::move(trail)),
        began_(parts_.clock.now()) {}

  [[nodiscard]] Findings judge(const cache::View& view) const {
    const IdnDirectory either_form(view);
    const RequestRows rows(either_form);
    return policyd::judge(*rules_, facts_, {rows, view});
  }

  void go_on(Findings findings) {
    findings_ = std::move(findings);
    for (const auto& failure : findings_.failures)
      note_failure(failure.rule, failure.outcome, failure.reason);
    for (const std::size_t rule : findings_.judged) {
      parts_.health.worked(name(rule));
      add(rule, RuleSaid::Kind::Nothing);
    }
    if (trail_) forget_steps();
    for (const auto& tried : findings_.tried)
      note(tried, Mode::Log);
    if (findings_.decided) return act(*findings_.decided);
    if (findings_.exempted) {
      parts_.metrics.exempted(name(findings_.exempted->rule));
      add(findings_.exempted->rule, RuleSaid::Kind::Exempt, {{}, findings_.exempted->action.reason});
      if (parts_.log.takes(Level::Debug))
        parts_.log.write(Level::Debug, "exempted", line(*findings_.exempted));
    }
    ask_state(0);
  }

 private:
  [[nodiscard]] std::string_view name(std::size_t rule) const { return (*rules_)[rule].rule->name(); }

  void ask_state(std::size_t next) {
    if (next == findings_.steps.size()) return pass();
    findings_.steps[next].step(
        [self = shared_from_this(), next](Answer<Action> answer) { self->take(next, std::move(answer)); });
  }

  void take(std::size_t place, Answer<Action> answer) {
    const std::size_t rule = findings_.steps[place].rule;
    if (answer.is_failure()) {
      note_failure(rule, answer.outcome(), answer.reason());
      if (auto action = action_on_failure((*rules_)[rule], answer.reason()))
        return act({rule, std::move(*action)});
      return ask_state(place + 1);
    }
    parts_.health.worked(name(rule));
    add(rule, RuleSaid::Kind::Nothing);
    if (answer.is_not_found()) return ask_state(place + 1);
    const Findings::Verdict verdict{rule, std::move(answer).value()};
    if (!(*rules_)[rule].settings.is_log_only) return act(verdict);
    note(verdict, Mode::Log);
    ask_state(place + 1);
  }

  void act(const Findings::Verdict& verdict) {
    note(verdict, Mode::Enforce);
    if (parts_.record != nullptr) parts_.record->note(*facts_, name(verdict.rule), verdict.action);
    finish(never_empty(verdict.action.text));
  }

  void pass() {
    parts_.metrics.passed();
    if (parts_.log.takes(Level::Debug)) parts_.log.write(Level::Debug, "passed", facts_->describe());
    finish("DUNNO");
  }

  void finish(const std::string& action) {
    parts_.metrics.answered(facts_->stage(), parts_.clock.now() - began_);
    reply_(action);
  }

  void add(std::size_t rule, RuleSaid::Kind kind, const Action& action = {}) {
    if (trail_) trail_->insert_or_assign(rule, RuleSaid{std::string(name(rule)), kind, action});
  }

  /// Those have still to be asked, of which not all will.
  void forget_steps() {
    for (const auto& pending : findings_.steps)
      trail_->erase(pending.rule);
  }

  void note_failure(std::size_t rule, Outcome outcome, const std::string& reason) {
    add(rule, RuleSaid::Kind::Failure, {{}, reason});
    parts_.metrics.failed(name(rule));
    parts_.health.failed((*rules_)[rule], outcome, reason, facts_->describe());
  }

  void note(const Findings::Verdict& verdict, Mode mode) {
    const ActionKind kind = kind_of(verdict.action.text);
    parts_.metrics.acted(name(verdict.rule), kind, mode);
    add(verdict.rule, mode == Mode::Log ? RuleSaid::Kind::TriedOut : RuleSaid::Kind::Action, verdict.action);
    if (mode == Mode::Log) return parts_.log.write(Level::Info, "tried_out", line(verdict));
    switch (kind) {
      case ActionKind::Reject:
        return parts_.log.write(Level::Info, "refused", line(verdict));
      case ActionKind::Defer:
        return parts_.log.write(Level::Info, "deferred", line(verdict));
      case ActionKind::Hold:
        return parts_.log.write(Level::Info, "held", line(verdict));
      case ActionKind::Other:
        return parts_.log.write(Level::Info, "decided", line(verdict));
    }
  }

  [[nodiscard]] std::string line(const Findings::Verdict& verdict) const {
    std::string text =
        facts_->describe() + " rule=" + std::string(name(verdict.rule)) + ": " + verdict.action.text;
    if (!verdict.action.reason.empty()) text += " (" + verdict.action.reason + ')';
    return text;
  }

  const Parts parts_;
  const std::shared_ptr<const RuleSet> rules_;
  const std::shared_ptr<const Facts> facts_;
  const Reply reply_;
  const std::shared_ptr<Trail> trail_;  // null: nobody wants one
  const Time began_;
  Findings findings_;
};

Pipeline::Pipeline(const Parts& parts, std::shared_ptr<const RuleSet> rules)
    : parts_(parts), rules_(std::move(rules)) {}

void Pipeline::decide(std::shared_ptr<const Facts> facts, Reply reply) {
  start(std::make_shared<Course>(parts_, rules_.load(), std::move(facts), std::move(reply), nullptr));
}

void Pipeline::explain(std::shared_ptr<const Facts> facts, Explained reply) {
  const auto trail = std::make_shared<Trail>();
  start(std::make_shared<Course>(
      parts_, rules_.load(), std::move(facts),
      [trail, reply = std::move(reply)](const std::string& action) { reply(action, *trail); }, trail));
}

void Pipeline::start(const std::shared_ptr<Course>& course) {
  parts_.store.ask([course](const cache::View& view) { return course->judge(view); },
                   [course](Findings findings, cache::AnsweredFrom) { course->go_on(std::move(findings)); });
}

void Pipeline::collect(metrics::Families& families) const {
  const auto rules = rules_.load();
  for (const auto& active : *rules)
    active.rule->collect(families);
}

}  // namespace extmail::policyd
