// SPDX-License-Identifier: MIT
#include "maps/lookup_metrics.hpp"

#include "maps/lookups.hpp"
#include "support/catch.hpp"
#include "support/fake_database.hpp"
#include "support/recording_log.hpp"

#include <cmath>
#include <future>
#include <string>

using namespace extmail;
using namespace std::chrono_literals;
using maps::LookupMetrics;

namespace {

/// A clock that moves by as much at every look.
class Ticking final : public Clock {
 public:
  explicit Ticking(std::chrono::nanoseconds step) : step_(step) {}
  [[nodiscard]] Time now() const override { return now_ += step_; }
  [[nodiscard]] std::string today() const override { return "2026-01-01"; }

 private:
  const std::chrono::nanoseconds step_;
  mutable Time now_{};
};

std::string page(const LookupMetrics& metrics) {
  metrics::Families families;
  metrics.collect(families);
  return families.page();
}

double value(const LookupMetrics& metrics, const std::string& series) {
  const std::string text = page(metrics);
  const auto place = text.find('\n' + series + ' ');
  REQUIRE(place != std::string::npos);
  return std::stod(text.substr(place + series.size() + 2));
}

std::string lookups(const std::string& map, const std::string& outcome) {
  return "extmail_mapd_lookups_total{map=\"" + map + "\",outcome=\"" + outcome + "\"}";
}

std::string duration(const std::string& what, const std::string& from) {
  return "extmail_mapd_lookup_duration_seconds_" + what + "{from=\"" + from + "\"}";
}

}  // namespace

TEST_CASE("A lookup is counted once, with the time from its begin to its end") {
  const Ticking clock(30us);
  LookupMetrics metrics({"aliases"}, clock);
  const auto lookup = metrics.begin("aliases");
  CHECK(value(metrics, lookups("aliases", "found")) == 0);
  lookup.end(Outcome::Found, cache::AnsweredFrom::Memory);
  metrics.begin("aliases").end(Outcome::TemporaryFailure, cache::AnsweredFrom::Database);
  metrics.begin("bogus").end(Outcome::PermanentFailure, cache::AnsweredFrom::Memory);
  CHECK(value(metrics, lookups("aliases", "found")) == 1);
  CHECK(value(metrics, lookups("aliases", "temporary_failure")) == 1);
  CHECK(value(metrics, lookups("unknown", "permanent_failure")) == 1);
  CHECK(value(metrics, duration("count", "memory")) == 2);
  CHECK(value(metrics, duration("count", "database")) == 1);
  CHECK(std::abs(value(metrics, duration("sum", "memory")) - 0.00006) < 1e-9);
  CHECK(page(metrics).find("bogus") == std::string::npos);
}

TEST_CASE("Lookups say by themselves how they ended, and where from") {
  const SystemClock clock;
  tests::RecordingLog log;
  const auto database = std::make_shared<tests::FakeDatabase>();
  database->put(DomainRecord{"test.com", true, "", {}, ""});
  LookupMetrics metrics(extmail::map_names(), clock);
  cache::Store store({}, {database, database}, clock, log);
  const auto is_ready = [&] { return store.statistics().changes.newest_id == 1; };
  for (const auto end = clock.now() + 10s; !is_ready();)
    REQUIRE(clock.now() < end);
  maps::Lookups serve(store, {}, metrics, clock, log);
  const auto ask = [&](const std::string& map, const std::string& key) {
    auto promise = std::make_shared<std::promise<Outcome>>();
    serve.find(map, key,
               [promise](const Answer<std::string>& answer) { promise->set_value(answer.outcome()); });
    return promise->get_future().get();
  };

  CHECK(ask("virtual_mailbox_domains", "test.com") == Outcome::Found);
  CHECK(value(metrics, duration("count", "database")) == 1);
  CHECK(ask("virtual_mailbox_domains", "test.com") == Outcome::Found);
  CHECK(value(metrics, duration("count", "memory")) == 1);
  CHECK(ask("virtual_mailbox_domains", "other.com") == Outcome::NotFound);
  CHECK(ask("nonsense", "test.com") == Outcome::PermanentFailure);
  database->fail_with(Outcome::TemporaryFailure);
  CHECK(ask("virtual_mailbox_domains", "third.com") == Outcome::TemporaryFailure);

  CHECK(value(metrics, lookups("virtual_mailbox_domains", "found")) == 2);
  CHECK(value(metrics, lookups("virtual_mailbox_domains", "not_found")) == 1);
  CHECK(value(metrics, lookups("virtual_mailbox_domains", "temporary_failure")) == 1);
  CHECK(value(metrics, lookups("unknown", "permanent_failure")) == 1);
  CHECK(value(metrics, duration("count", "database")) == 3);
  CHECK(value(metrics, duration("count", "memory")) == 2);
}
