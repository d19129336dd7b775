// SPDX-License-Identifier: MIT
#include "policyd/decisions/decision_settings.hpp"

#include <cstdint>

namespace extmail::policyd {

DecisionSettings read_decisions(daemon::ConfigFile::Table& policyd) {
  constexpr std::int64_t kHoursOfDay = 24;
  constexpr std::int64_t kMaxDays = 3650;
  DecisionSettings settings;
  if (auto table = policyd.optional_table("decisions")) {
    settings.enabled = table->flag("enabled", settings.enabled);
    const std::int64_t days = settings.kept_for.count() / kHoursOfDay;
    settings.kept_for = std::chrono::hours(kHoursOfDay * table->integer("retention", days, 1, kMaxDays));
  }
  return settings;
}

}  // namespace extmail::policyd
