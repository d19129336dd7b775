// SPDX-License-Identifier: MIT
#include "metrics/outcome_counters.hpp"

#include "support/catch.hpp"

#include <string>
#include <thread>
#include <vector>

using namespace extmail;
using metrics::OutcomeCounters;

namespace {

double value(const OutcomeCounters& counters, const std::string& map, const std::string& outcome) {
  const metrics::Labels labels{{"map", map}, {"outcome", outcome}};
  double found = -1;
  for (const auto& sample : counters.samples("map")) {
    if (sample.labels != labels) continue;
    CHECK(found == -1);  // once
    found = sample.value;
  }
  return found;
}

}  // namespace

TEST_CASE("Answers are counted by name and outcome") {
  OutcomeCounters counters({"aliases", "domains"});
  counters.count(counters.slot_of("aliases"), Outcome::Found);
  counters.count(counters.slot_of("aliases"), Outcome::Found);
  counters.count(counters.slot_of("aliases"), Outcome::NotFound);
  counters.count(counters.slot_of("domains"), Outcome::TemporaryFailure);
  counters.count(counters.slot_of("domains"), Outcome::PermanentFailure);
  CHECK(counters.samples("map").size() == 12);
  CHECK(value(counters, "aliases", "found") == 2);
  CHECK(value(counters, "aliases", "not_found") == 1);
  CHECK(value(counters, "aliases", "temporary_failure") == 0);
  CHECK(value(counters, "domains", "temporary_failure") == 1);
  CHECK(value(counters, "domains", "permanent_failure") == 1);
  CHECK(value(counters, "unknown", "found") == 0);
}

TEST_CASE("Names that were not given make no series") {
  OutcomeCounters counters({"aliases"});
  for (const auto* name : {"", "aliase", "aliases2", "unknown", "a\nb 1"})
    counters.count(counters.slot_of(name), Outcome::PermanentFailure);
  CHECK(counters.samples("map").size() == 8);
  CHECK(value(counters, "unknown", "permanent_failure") == 5);
  CHECK(value(counters, "aliases", "permanent_failure") == 0);
}

TEST_CASE("A map that is called unknown is counted there") {
  OutcomeCounters counters({"unknown", "aliases"});
  CHECK(counters.samples("map").size() == 8);
  counters.count(counters.slot_of("unknown"), Outcome::Found);
  CHECK(value(counters, "unknown", "found") == 1);
}

TEST_CASE("No count is lost when several threads count") {
  OutcomeCounters counters({"aliases"});
  constexpr int kThreads = 4;
  constexpr int kEach = 20000;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < kEach; ++n)
        counters.count(counters.slot_of("aliases"), Outcome::Found);
    });
  }
  for (auto& thread : threads)
    thread.join();
  CHECK(value(counters, "aliases", "found") == kThreads * kEach);
}
