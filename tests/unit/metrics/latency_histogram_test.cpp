// SPDX-License-Identifier: MIT
#include "metrics/latency_histogram.hpp"

#include "support/catch.hpp"

#include <thread>
#include <vector>

using namespace extmail;
using namespace std::chrono_literals;
using metrics::LatencyHistogram;

namespace {

std::size_t bucket_of(std::chrono::nanoseconds took) {
  LatencyHistogram histogram;
  histogram.observe(took);
  const auto counts = histogram.snapshot().counts;
  std::size_t bucket = counts.size();
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    CHECK(bucket == counts.size());  // in one bucket only
    CHECK(counts[i] == 1);
    bucket = i;
  }
  return bucket;
}

}  // namespace

TEST_CASE("A bound belongs to its bucket, and what is longer to the next") {
  CHECK(bucket_of(0ns) == 0);
  CHECK(bucket_of(1ns) == 0);
  for (std::size_t i = 0; i < LatencyHistogram::kBounds.size(); ++i) {
    INFO(i);
    CHECK(bucket_of(LatencyHistogram::kBounds[i]) == i);
    CHECK(bucket_of(LatencyHistogram::kBounds[i] + 1ns) == i + 1);
  }
  CHECK(bucket_of(1h) == LatencyHistogram::kBounds.size());
}

TEST_CASE("The bounds go up, from 10 microseconds to 10 seconds") {
  CHECK(LatencyHistogram::kBounds.front() == 10us);
  CHECK(LatencyHistogram::kBounds.back() == 10s);
  for (std::size_t i = 1; i < LatencyHistogram::kBounds.size(); ++i)
    CHECK(LatencyHistogram::kBounds[i - 1] < LatencyHistogram::kBounds[i]);
}

TEST_CASE("Nothing is lost when several threads observe") {
  constexpr int kThreads = 4;
  constexpr std::uint64_t kEach = 20000;
  LatencyHistogram histogram;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (std::uint64_t n = 0; n < kEach; ++n)
        histogram.observe(n % 2 == 0 ? 10us : 2s);
    });
  }
  for (auto& thread : threads)
    thread.join();
  const auto snapshot = histogram.snapshot();
  CHECK(snapshot.counts[0] == kThreads * kEach / 2);
  CHECK(snapshot.counts[16] == kThreads * kEach / 2);
  CHECK(snapshot.sum == kThreads * kEach / 2 * (10us + 2s));
}
