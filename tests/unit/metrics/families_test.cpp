// SPDX-License-Identifier: MIT
#include "metrics/families.hpp"

#include "metrics/process_metrics.hpp"
#include "support/catch.hpp"

#include <string>

using namespace extmail;
using namespace std::chrono_literals;
using metrics::Families;

TEST_CASE("A family has its help, its type and its samples") {
  Families families;
  families.counter("a_total", "How many.",
                   {{{{"map", "x"}, {"outcome", "found"}}, 3}, {{{"map", "y"}}, 1e15}});
  families.gauge("b", "How much.", 0.5);
  CHECK(families.page() ==
        "# HELP a_total How many.\n"
        "# TYPE a_total counter\n"
        "a_total{map=\"x\",outcome=\"found\"} 3\n"
        "a_total{map=\"y\"} 1000000000000000\n"
        "# HELP b How much.\n"
        "# TYPE b gauge\n"
        "b 0.5\n");
}

TEST_CASE("Nothing in a label's value breaks the page") {
  Families families;
  families.gauge("a", "Help.", {{{{"host", "unix:/\"x\\y\nz"}}, 1}});
  CHECK(families.page() == "# HELP a Help.\n# TYPE a gauge\na{host=\"unix:/\\\"x\\\\y\\nz\"} 1\n");
}

TEST_CASE("A family without samples is left out") {
  Families families;
  families.gauge("a", "Help.", std::vector<metrics::Sample>{});
  CHECK(families.page().empty());
}

TEST_CASE("Buckets of a histogram include those below") {
  metrics::LatencyHistogram histogram;
  histogram.observe(10us);
  histogram.observe(20us);
  histogram.observe(30s);
  Families families;
  families.histogram("t_seconds", "Time.", {{{{"from", "memory"}}, histogram.snapshot()}});
  const std::string page = families.page();
  CAPTURE(page);
  CHECK(page.find("# TYPE t_seconds histogram\n") != std::string::npos);
  CHECK(page.find("t_seconds_count{from=\"memory\"} 3\n") != std::string::npos);
  CHECK(page.find("t_seconds_sum{from=\"memory\"} 30.00003") != std::string::npos);
  CHECK(page.find("t_seconds_bucket{from=\"memory\",le=\"0.0001\"} 2\n") != std::string::npos);
  CHECK(page.find("t_seconds_bucket{from=\"memory\",le=\"10\"} 2\n") != std::string::npos);
  CHECK(page.find("t_seconds_bucket{from=\"memory\",le=\"+Inf\"} 3\n") != std::string::npos);
}

TEST_CASE("A process knows itself") {
  Families families;
  metrics::ProcessMetrics().collect(families);
  const std::string page = families.page();
  CAPTURE(page);
  for (const std::string name : {"process_start_time_seconds", "process_cpu_seconds_total",
                                 "process_resident_memory_bytes", "process_open_fds", "process_max_fds"}) {
    const auto place = page.find('\n' + name + ' ');
    REQUIRE(place != std::string::npos);
    CHECK(std::stod(page.substr(place + name.size() + 2)) > 0);
  }
}
