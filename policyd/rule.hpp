// SPDX-License-Identifier: MIT
#pragma once

#include "core/outcome.hpp"
#include "metrics/families.hpp"
#include "policyd/facts.hpp"
#include "policyd/rows.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace extmail::policyd {

/// What Postfix is to do, and why.
struct Action {
  std::string text;  ///< as access(5) takes it, never empty: `REJECT 5.7.1 …`, `450 4.7.1 …`, `HOLD …`
  std::string reason;  ///< for the log only: the row, entry or counter that decided; one line
};

/// The request is expected, by an allow-list say: rules that are against strangers are not asked any more.
struct Exempt {
  std::string reason;  ///< as in Action
};

/// Something to be asked of the state, after no rule has objected by the directory alone: a limit, a greylist.
///
/// It is called at most once, and calls done once, on any thread, at once or later: Found with the action, NotFound where
/// there is nothing against the request, a failure where the state can't tell.
using Step = std::function<void(std::function<void(Answer<Action>)> done)>;

using Judgement = std::variant<Action, Exempt, Step>;

/// One of the things that policyd decides by.
///
/// Threads: all members may be called concurrently.
class Rule {
 public:
  virtual ~Rule() = default;

  /// As in the configuration, logs and metrics: a word.
  [[nodiscard]] virtual std::string_view name() const = 0;

  /// Whether strangers only are meant: after an Exempt it is not asked.
  [[nodiscard]] virtual bool is_for_strangers() const { return false; }

  /// NotFound where the rule has nothing to say. Called again whenever rows were missing (cache::Store::ask), so it must
  /// change nothing: what changes something is a Step. Steps of rules run in the rules' order, until one acts.
  [[nodiscard]] virtual Answer<Judgement> judge(const std::shared_ptr<const Facts>& facts,
                                                const Rows& rows) const = 0;

  /// What it shows beyond its decisions, which are counted for all rules alike.
  virtual void collect(metrics::Families& families) const { (void)families; }
};

}  // namespace extmail::policyd
