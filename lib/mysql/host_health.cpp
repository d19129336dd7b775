// SPDX-License-Identifier: MIT
#include "mysql/host_health.hpp"

#include <algorithm>

namespace extmail::mysql {
namespace {

Time::duration pause_after(std::uint64_t failed_in_row) {
  constexpr std::uint64_t kMostDoublings = 7;  // beyond kLongestPause
  const auto pause = HostHealth::kFirstPause * (1U << std::min(failed_in_row - 1, kMostDoublings));
  return std::min<Time::duration>(pause, HostHealth::kLongestPause);
}

}  // namespace

bool HostHealth::may_be_tried(std::size_t host, Time now) const {
  return hosts_[host].is_well || now >= hosts_[host].retry_at;
}

std::vector<std::size_t> HostHealth::take_order(Time now) {
  std::vector<std::size_t> order(hosts_.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    order[i] = i;
  const auto others = std::stable_partition(order.begin(), order.end(),
                                            [&](std::size_t host) { return may_be_tried(host, now); });
  for (auto it = order.begin(); it != others && !hosts_[*it].is_well; ++it)
    note_trial(*it, now);
  return order;
}

std::vector<std::size_t> HostHealth::take_better(Time now) {
  std::vector<std::size_t> better;
  for (std::size_t host = 0; host < active_; ++host) {
    if (may_be_tried(host, now)) better.push_back(host);
  }
  for (const std::size_t host : better)
    note_trial(host, now);
  return better;
}

bool HostHealth::may_be_bettered(Time now) const {
  for (std::size_t host = 0; host < active_; ++host) {
    if (may_be_tried(host, now)) return true;
  }
  return false;
}

void HostHealth::note_trial(std::size_t host, Time now) {
  hosts_[host].is_being_tried = true;
  hosts_[host].retry_at = now + trial_time_;
}

void HostHealth::succeeded(std::size_t host, Time now) {
  Host& working = hosts_[host];
  if (!working.is_well) working.well_since = now;
  working.is_well = true;
  working.is_being_tried = false;
  if (active_ == host) return;
  active_ = host;
  ++switches_;
}

void HostHealth::failed(std::size_t host, Time now) {
  Host& failing = hosts_[host];
  ++failing.failures;
  const bool is_known = !may_be_tried(host, now) && !failing.is_being_tried;
  if (is_known) {
    failing.retry_at = std::max<Time>(failing.retry_at, now + kFirstPause);
    return;
  }
  if (failing.is_well && now - failing.well_since >= kProbation) failing.failed_in_row = 0;
  failing.is_well = false;
  failing.is_being_tried = false;
  ++failing.failed_in_row;
  failing.retry_at = now + pause_after(failing.failed_in_row);
}

}  // namespace extmail::mysql
