// SPDX-License-Identifier: MIT
#include "ctl/stats/metrics_page.hpp"

#include "metrics/families.hpp"
#include "support/catch.hpp"

#include <cmath>

using namespace extmail;
using ctl::MetricsPage;

namespace {

MetricsPage page_of(std::string_view text) {
  auto page = MetricsPage::parse(text);
  REQUIRE(page.is_found());
  return page.value();
}

}  // namespace

TEST_CASE("A page is read as Prometheus reads it") {
  const auto page = page_of(
      "# HELP a Help {with} \"all\" 1\n"
      "# TYPE a counter\n"
      "\n"
      "a 1\n"
      "  a{x=\"y\",} 2.5 1395066363000\n"
      "a{x=\"q\\\"b\\\\s\\n\",z=\"}, 3\"}\t1e3\n"
      "b NaN\n"
      "b +Inf\n"
      "b -Inf");
  REQUIRE(page.samples().size() == 6);
  CHECK(page.samples()[1].value == 2.5);
  CHECK(page.samples()[2].label("x") == "q\"b\\s\n");
  CHECK(page.samples()[2].label("z") == "}, 3");
  CHECK(page.samples()[2].label("a").empty());
  CHECK(page.samples()[2].value == 1000);
  CHECK(std::isnan(page.samples()[3].value));
  CHECK(page.samples()[4].value > 1e300);
  CHECK(page.samples()[5].value < -1e300);
  CHECK(page.sum("a") == 1003.5);
  CHECK(page.sum("a", "x", "y") == 2.5);
  CHECK_FALSE(page.sum("a", "x", "none"));
  CHECK_FALSE(page.sum("c"));
  CHECK(page.find("a")->value == 1);
  CHECK(page.find("c") == nullptr);
}

TEST_CASE("What is no page is refused by its line") {
  for (const char* line :
       {"<html>", "a", "a ", "a b", "a 1x", "{x=\"y\"} 1", "a{ 1", "a{x} 1", "a{x=y} 1", "a{x=\"y} 1",
        "a{x=\"y\\", "a{x=\"y\"z=\"\"} 1", "a{=\"y\"} 1", "a{x=\"y\"", "a ++1", "\x01"}) {
    INFO(line);
    const auto page = MetricsPage::parse(std::string("fine 1\n") + line + "\n");
    CHECK(page.outcome() == Outcome::PermanentFailure);
    CHECK(page.reason() == "line 2 of the page is no metric of Prometheus");
  }
  CHECK(page_of("").samples().empty());
}

TEST_CASE("A page is bounded") {
  std::string samples;
  for (std::size_t i = 0; i < MetricsPage::kMaxSamples; ++i)
    samples += "a 1\n";
  CHECK(page_of(samples).samples().size() == MetricsPage::kMaxSamples);
  CHECK(MetricsPage::parse(samples + "a 1\n").outcome() == Outcome::PermanentFailure);

  std::string labels;
  for (std::size_t i = 0; i < MetricsPage::kMaxLabels; ++i)
    labels += "l" + std::to_string(i) + "=\"\",";
  CHECK(page_of("a{" + labels + "} 1\n").samples().size() == 1);
  CHECK(MetricsPage::parse("a{" + labels + "x=\"\"} 1\n").outcome() == Outcome::PermanentFailure);
}

TEST_CASE("The bound of a share is that of the bucket it is in, all series together") {
  const auto page = page_of(
      "t_bucket{from=\"a\",le=\"0.001\"} 90\n"
      "t_bucket{from=\"a\",le=\"0.01\"} 90\n"
      "t_bucket{from=\"a\",le=\"+Inf\"} 90\n"
      "t_bucket{from=\"b\",le=\"0.001\"} 0\n"
      "t_bucket{from=\"b\",le=\"0.01\"} 9\n"
      "t_bucket{from=\"b\",le=\"+Inf\"} 10\n"
      "none_bucket{le=\"+Inf\"} 0\n"
      "odd_bucket{le=\"x\"} 1\n");
  CHECK(page.bound_of("t", 0.5) == 0.001);
  CHECK(page.bound_of("t", 0.9) == 0.001);
  CHECK(page.bound_of("t", 0.99) == 0.01);
  CHECK(std::isinf(*page.bound_of("t", 1)));
  CHECK_FALSE(page.bound_of("none", 0.5));
  CHECK_FALSE(page.bound_of("odd", 0.5));
  CHECK_FALSE(page.bound_of("missing", 0.5));
}

TEST_CASE("What the daemons write is read back") {
  metrics::Families families;
  metrics::LatencyHistogram latency;
  latency.observe(std::chrono::microseconds(30));
  latency.observe(std::chrono::seconds(20));
  families.counter("a_total", "Help.", {{{{"map", "x\"\\\n{}"}}, 12345678}});
  families.gauge("b", "Help.", 0.25);
  families.histogram("c_seconds", "Help.", {{{}, latency.snapshot()}});
  const auto page = page_of(families.page());
  CHECK(page.sum("a_total", "map", "x\"\\\n{}") == 12345678);
  CHECK(page.sum("b") == 0.25);
  CHECK(page.sum("c_seconds_count") == 2);
  CHECK(page.bound_of("c_seconds", 0.5) == 0.00005);
  CHECK(std::isinf(*page.bound_of("c_seconds", 0.99)));
}
