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
  Host& tried = hosts_[host];
  tried.is_well = false;
  ++tried.failed_in_row;
  tried.retry_at = now + pause_after(tried.failed_in_row);
}

void HostHealth::succeeded(std::size_t host, Time now) {
  Host& working = hosts_[host];
  if (!working.is_well) working.well_since = now;
  working.is_well = true;
  if (active_ == host) return;
  active_ = host;
  ++switches_;
}

void HostHealth::failed(std::size_t host, Time now) {
  Host& failing = hosts_[host];
  ++failing.failures;
  if (failing.is_well) {
    if (now - failing.well_since >= kProbation) failing.failed_in_row = 0;
    note_trial(host, now);
    return;
  }
  if (now >= failing.retry_at) note_trial(host, now);
  // A trial may have taken longer than the pause that began with it.
  failing.retry_at = std::max<Time>(failing.retry_at, now + kFirstPause);
}

}  // namespace extmail::mysql
