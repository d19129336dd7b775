// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"
#include "core/log.hpp"
#include "policyd/containment/containment_settings.hpp"
#include "policyd/rule.hpp"
#include "policyd/state/state.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>

namespace extmail::policyd {

/// Contains a login that somebody else has got hold of: one that suddenly sends from many networks, or to many recipients
/// of elsewhere whom it never wrote to before, is slowed, then held. Held mail waits in Postfix's hold queue, so that
/// nothing is lost if it was its owner after all.
///
/// For authenticated clients only. RCPT counts; of a held login every stage that can hold mail is answered with HOLD.
/// Of new recipients the slow bound counts those that it let through, so that a queue that is tried again and again gets
/// through, as many in each period; the hold bound counts those that were tried. A network counts whatever its mail was told.
/// Postfix goes on with its restrictions after HOLD, but of ours no later rule acts: it stands last.
/// Logs `login_held` once for each hold, with the command that ends it.
/// Outcomes, threads: see Rule.
class ContainmentRule final : public Rule {
 public:
  using WallTime = std::function<std::chrono::sys_seconds()>;

  struct Environment {
    State& state;
    const Clock& clock;
    WallTime wall_time;  ///< that of the state's marks
    Log& log;
  };

  /// What environment refers to must outlive the rule and its steps.
  ContainmentRule(Environment environment, ContainmentSettings settings);

  [[nodiscard]] std::string_view name() const override { return "containment"; }
  [[nodiscard]] Answer<Judgement> judge(const std::shared_ptr<const Facts>& facts,
                                        const Rows& rows) const override;
  void collect(metrics::Families& families) const override;

 private:
  class Core;
  class Inquiry;

  [[nodiscard]] bool is_exempt(const Facts& facts) const;

  const std::shared_ptr<Core> core_;  // shared with steps that are under way
};

}  // namespace extmail::policyd
