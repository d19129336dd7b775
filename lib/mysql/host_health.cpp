// SPDX-License-Identifier: MIT
#include "mysql/host_health.hpp"

#include <algorithm>

namespace extmail::mysql {
namespace {

bool may_be_tried(const HostHealth::Host& host, Time now) {
  return host.failed_in_row == 0 || now >= host.retry_at;
}

}  // namespace

std::vector<std::size_t> HostHealth::order(Time now) const {
  std::vector<std::size_t> numbers(hosts_.size());
  for (std::size_t i = 0; i < numbers.size(); ++i)
    numbers[i] = i;
  std::stable_partition(numbers.begin(), numbers.end(),
                        [&](std::size_t number) { return may_be_tried(hosts_[number], now); });
  return numbers;
}

void HostHealth::succeeded(std::size_t host) {
  hosts_[host].failed_in_row = 0;
  active_ = host;
}

void HostHealth::failed(std::size_t host, Time now) {
  constexpr std::uint64_t kMostDoublings = 7;  // beyond kLongestPause
  Host& failing = hosts_[host];
  const auto pause = kFirstPause * (1U << std::min(failing.failed_in_row, kMostDoublings));
  failing.retry_at = now + std::min<Time::duration>(pause, kLongestPause);
  ++failing.failed_in_row;
  ++failing.failures;
}

bool HostHealth::may_be_bettered(Time now) const {
  return std::any_of(hosts_.begin(), hosts_.begin() + static_cast<std::ptrdiff_t>(active_),
                     [&](const Host& host) { return may_be_tried(host, now); });
}

}  // namespace extmail::mysql
