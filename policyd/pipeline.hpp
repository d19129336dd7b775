// SPDX-License-Identifier: MIT
#pragma once

#include "cache/store.hpp"
#include "core/clock.hpp"
#include "core/log.hpp"
#include "policyd/decision_metrics.hpp"
#include "policyd/decisions/decision_record.hpp"
#include "policyd/facts.hpp"
#include "policyd/rule_health.hpp"
#include "policyd/rule_set.hpp"
#include "policyd/trail.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace extmail::policyd {

/// Takes a request through the rules: first what they know by rows alone, in their order, then what the state is to be
/// asked, one step after the other, until one has something against it. A rule that can't tell does what its on_failure
/// says, and keeps none of the others from telling.
///
/// Threads: all members may be called concurrently.
class Pipeline {
 public:
  /// The store must outlive the pipeline; the others the store and the state too, whose last answers they still hear of.
  struct Parts {
    cache::Store& store;
    DecisionMetrics& metrics;
    RuleHealth& health;
    const Clock& clock;
    Log& log;
    DecisionRecord* record = nullptr;  ///< null: decisions are not kept
  };
  Pipeline(const Parts& parts, std::shared_ptr<const RuleSet> rules);

  /// An action of access(5), never empty.
  using Reply = std::function<void(const std::string& action)>;

  /// Calls reply once, at once or later on another thread; destroys it uncalled where the answer is lost in a shutdown.
  void decide(std::shared_ptr<const Facts> facts, Reply reply);

  /// The same, and what each rule said.
  using Explained = std::function<void(const std::string& action, const Trail& trail)>;

  /// Decides, and tells how it came to that. As with decide(), what rules do they do.
  void explain(std::shared_ptr<const Facts> facts, Explained reply);

  /// Takes effect for the next request.
  void replace(std::shared_ptr<const RuleSet> rules) { rules_ = std::move(rules); }

  /// What the rules show of themselves.
  void collect(metrics::Families& families) const;

 private:
  class Course;

  void start(const std::shared_ptr<Course>& course);

  const Parts parts_;
  std::atomic<std::shared_ptr<const RuleSet>> rules_;
};

}  // namespace extmail::policyd
