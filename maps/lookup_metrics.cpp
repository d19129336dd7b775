// SPDX-License-Identifier: MIT
#include "maps/lookup_metrics.hpp"

#include <utility>

namespace extmail::maps {
namespace {

using cache::AnsweredFrom;

constexpr std::size_t index(AnsweredFrom from) {
  return from == AnsweredFrom::Memory ? 0 : 1;
}

}  // namespace

LookupMetrics::LookupMetrics(std::vector<std::string> maps, const Clock& clock)
    : clock_(clock), counters_(std::move(maps)) {}

void LookupMetrics::Lookup::end(Outcome outcome, AnsweredFrom from) const {
  metrics_->counters_.count(map_, outcome);
  metrics_->durations_[index(from)].observe(metrics_->clock_.now() - began_);
}

void LookupMetrics::collect(metrics::Families& families) const {
  families.counter(
      "extmail_mapd_lookups_total",
      "Answered lookups. temporary_failure: Postfix tries again; permanent_failure: an admin has to act "
      "(lookup_failed in the log).",
      counters_.samples("map"));
  families.histogram(
      "extmail_mapd_lookup_duration_seconds",
      "Time from request to answer, of those answered from memory and of those that waited for the database.",
      {{{{"from", "memory"}}, durations_[index(AnsweredFrom::Memory)].snapshot()},
       {{{"from", "database"}}, durations_[index(AnsweredFrom::Database)].snapshot()}});
}

}  // namespace extmail::maps
