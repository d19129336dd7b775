// SPDX-License-Identifier: MIT
#include "load.hpp"

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <stdexcept>
#include <string_view>

namespace extmail::bench {

std::vector<User> read_users() {
  std::vector<User> users;
  for (std::string line; std::getline(std::cin, line);) {
    const std::size_t first = line.find('\t');
    const std::size_t second = first == std::string::npos ? first : line.find('\t', first + 1);
    const std::string_view last =
        second == std::string::npos ? "" : std::string_view(line).substr(second + 1);
    if (first == 0 || (last != "ok" && last != "no"))
      throw std::runtime_error("a line of standard input is not: user TAB password TAB ok or no");
    users.push_back({line.substr(0, first), line.substr(first + 1, second - first - 1), last == "ok"});
  }
  if (users.empty()) throw std::runtime_error("no users on standard input");
  return users;
}

void complain(const User& user, const Result& result) {
  std::cerr << user.name + " was answered: " + result.text + '\n';  // at once: workers share standard error
}

double percentile(const std::vector<double>& sorted, double part) {
  return sorted.empty() ? 0 : sorted[static_cast<std::size_t>(static_cast<double>(sorted.size() - 1) * part)];
}

void print(const LoadResult& result) {
  std::vector<double> took;
  std::size_t wrong = 0;
  Clock::time_point ended = result.began;
  for (const Tally& each : result.tallies) {
    took.insert(took.end(), each.took_us.begin(), each.took_us.end());
    wrong += each.wrong;
    ended = std::max(ended, each.ended);
  }
  std::sort(took.begin(), took.end());
  const auto count = static_cast<double>(took.size());
  std::printf("%.0f %.1f %.1f %.2f %zu\n",
              count / std::chrono::duration<double>(ended - result.began).count(), percentile(took, 0.5),
              percentile(took, 0.99), result.cpu_seconds / count * 1e6, wrong);
}

}  // namespace extmail::bench
