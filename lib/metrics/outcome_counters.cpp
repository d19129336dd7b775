// SPDX-License-Identifier: MIT
#include "metrics/outcome_counters.hpp"

#include <algorithm>
#include <utility>

namespace extmail::metrics {
namespace {

constexpr std::array<std::pair<Outcome, const char*>, 4> kNames{{
    {Outcome::Found, "found"},
    {Outcome::NotFound, "not_found"},
    {Outcome::TemporaryFailure, "temporary_failure"},
    {Outcome::PermanentFailure, "permanent_failure"},
}};

}  // namespace

OutcomeCounters::OutcomeCounters(std::vector<std::string> names) : names_(std::move(names)) {
  // A name of that kind shares the slot: two series of one name would spoil the whole page.
  names_.erase(std::remove(names_.begin(), names_.end(), kUnknown), names_.end());
  names_.emplace_back(kUnknown);
  counts_ = std::make_unique<Counts[]>(names_.size());
}

std::size_t OutcomeCounters::slot_of(std::string_view name) const {
  const auto found = std::find(names_.begin(), names_.end() - 1, name);
  return static_cast<std::size_t>(found - names_.begin());
}

void OutcomeCounters::count(std::size_t slot, Outcome outcome) {
  counts_[slot][static_cast<std::size_t>(outcome)].fetch_add(1, std::memory_order_relaxed);
}

std::vector<Sample> OutcomeCounters::samples(const std::string& name_label) const {
  std::vector<Sample> samples;
  for (std::size_t slot = 0; slot < names_.size(); ++slot) {
    for (const auto& [outcome, text] : kNames) {
      const auto count = counts_[slot][static_cast<std::size_t>(outcome)].load(std::memory_order_relaxed);
      samples.push_back({{{name_label, names_[slot]}, {"outcome", text}}, static_cast<double>(count)});
    }
  }
  return samples;
}

}  // namespace extmail::metrics
