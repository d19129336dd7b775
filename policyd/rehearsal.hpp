// SPDX-License-Identifier: MIT
#pragma once

#include "cache/store.hpp"
#include "core/clock.hpp"
#include "core/log.hpp"
#include "core/outcome.hpp"
#include "policyd/decision_metrics.hpp"
#include "policyd/limits/ledger.hpp"
#include "policyd/pipeline.hpp"
#include "policyd/rule_health.hpp"
#include "policyd/rules.hpp"
#include "policyd/state/asking_state.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>

namespace extmail::policyd {

/// What the rules of a rehearsal stand on: the same state as the others', of which they change nothing, and a log and
/// metrics that nobody sees.
struct RehearsalParts {
  RehearsalParts(State& kept, const Clock& clock);

  struct NoLog final : Log {
    void write(Level, std::string_view, std::string_view) override {}
    [[nodiscard]] bool takes(Level) const override { return false; }
  };

  NoLog log;
  AskingState state;
  Ledger ledger;
  DecisionMetrics metrics;
  RuleHealth health;
};

/// Tells what would become of a request, by the rules and the pipeline that decide about real ones. Nothing is counted,
/// noted or logged. What is not foreseen: whether a login comes from too many networks, or writes to too many strangers.
///
/// Threads: all members may be called concurrently.
class Rehearsal {
 public:
  /// All must outlive it; parts the store and the state too.
  Rehearsal(RehearsalParts& parts, cache::Store& store, const Clock& clock,
            std::shared_ptr<const RuleSet> rules);

  /// Rules of rehearsals, which stand on parts. Takes effect for the next one.
  void replace(std::shared_ptr<const RuleSet> rules) { pipeline_.replace(std::move(rules)); }

  /// attributes are lines of the policy protocol, each with its end; a request at RCPT where they don't say otherwise.
  /// Whether they are any; only then done is called, once, as Pipeline has it.
  [[nodiscard]] bool explain(std::string_view attributes, Pipeline::Explained done);

 private:
  RehearsalParts& parts_;
  Pipeline pipeline_;
  std::atomic<std::uint64_t> requests_{0};
};

}  // namespace extmail::policyd
