// SPDX-License-Identifier: MIT
#include "ctl/stats/summary.hpp"

#include "ctl/output/units.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace extmail::ctl {
namespace {

std::string count_text(double value) {
  return with_digits(value, 0);
}

/// Gathers figures, and leaves out those that the page has nothing for.
class Summary {
 public:
  Summary(std::string_view daemon, const MetricsPage& page)
      : page_(page), prefix_("extmail_" + std::string(daemon) + '_') {}

  [[nodiscard]] std::string full(std::string_view metric) const { return prefix_ + std::string(metric); }
  [[nodiscard]] std::optional<double> sum(std::string_view metric) const { return page_.sum(full(metric)); }
  [[nodiscard]] std::optional<double> sum(std::string_view metric, std::string_view label,
                                          std::string_view value) const {
    return page_.sum(full(metric), label, value);
  }
  [[nodiscard]] const MetricsPage& page() const { return page_; }

  void add(std::string name, std::string text) { figures_.push_back({std::move(name), std::move(text)}); }
  void add_count(std::string name, std::optional<double> value) {
    if (value) add(std::move(name), count_text(*value));
  }
  void add_latency(const std::string& name, std::string_view histogram, double share) {
    const auto bound = page_.bound_of(full(histogram), share);
    if (!bound) return;
    add(name, std::isinf(*bound) ? std::string("over 10 s") : "<= " + duration_text(*bound));
  }
  [[nodiscard]] std::vector<Figure> take() { return std::move(figures_); }

 private:
  const MetricsPage& page_;
  std::string prefix_;
  std::vector<Figure> figures_;
};

void add_process(Summary& summary, double now) {
  if (const auto* build = summary.page().find(summary.full("build_info")))
    summary.add("version", std::string(build->label("version")));
  if (const auto start = summary.page().sum("process_start_time_seconds"))
    summary.add("running for", duration_text(std::floor(std::max(0.0, now - *start))));
  if (const auto memory = summary.page().sum("process_resident_memory_bytes"))
    summary.add("memory", size_text(*memory));
}

void add_requests(Summary& summary, std::string_view counter, std::optional<double> unanswered, double now) {
  const auto requests = summary.sum(counter);
  summary.add_count("requests", requests);
  const auto start = summary.page().sum("process_start_time_seconds");
  if (requests && start && now > *start)
    summary.add("requests per second", with_digits(*requests / (now - *start), 2));
  summary.add_count("of them failed", unanswered);
}

void add_rows(Summary& summary) {
  const auto hits = summary.sum("cache_hits_total");
  const auto misses = summary.sum("cache_misses_total");
  if (hits && misses && *hits + *misses > 0)
    summary.add("rows found in memory", with_digits(100 * *hits / (*hits + *misses), 1) + " %");
  summary.add_count("rows in memory", summary.sum("cache_entries"));
  const auto bytes = summary.sum("cache_bytes");
  const auto most = summary.sum("cache_max_bytes");
  if (bytes && most) summary.add("memory of rows", size_text(*bytes) + " of " + size_text(*most));
  summary.add_count("rows pushed out", summary.sum("cache_evictions_total"));
}

void add_database(Summary& summary) {
  const auto away = summary.sum("database_away");
  const auto age = summary.sum("database_last_answer_age_seconds");
  if (away && age) {
    const bool is_away = *away != 0;
    summary.add("database", is_away ? "away for " + duration_text(*age) : std::string("answers"));
  }
  for (const auto& sample : summary.page().samples()) {
    if (sample.name == summary.full("database_host_active") && sample.value == 1)
      summary.add("server asked", std::string(sample.label("host")));
  }
  summary.add_count("failed queries", summary.sum("database_query_failures_total"));
  summary.add_count("rows served stale", summary.sum("cache_stale_total"));
  if (const auto follows = summary.sum("change_log_followed")) {
    const auto lag = summary.sum("change_log_lag_seconds");
    const bool is_followed = *follows != 0 && lag;
    summary.add("change log",
                is_followed ? "read " + duration_text(*lag) + " ago" : std::string("not followed"));
  }
}

void add_connections(Summary& summary) {
  const auto open = summary.sum("connections");
  const auto most = summary.sum("max_connections");
  if (open && most) summary.add("connections", count_text(*open) + " of " + count_text(*most));
  summary.add_count("connections refused", summary.sum("connections_refused_total"));
}

/// Both, where the page has one of them.
std::optional<double> plus(std::optional<double> a, std::optional<double> b) {
  if (!a) return b;
  return *a + b.value_or(0);
}

std::optional<double> of_mapd(Summary& summary) {
  const auto with = [&](std::string_view outcome) {
    return summary.sum("lookups_total", "outcome", outcome);
  };
  return plus(with("temporary_failure"), with("permanent_failure"));
}

void add_lookups(Summary& summary) {
  summary.add_count("found", summary.sum("lookups_total", "outcome", "found"));
  summary.add_count("not found", summary.sum("lookups_total", "outcome", "not_found"));
}

/// Requests of one kind that ended so.
std::optional<double> logins(const Summary& summary, std::string_view result) {
  std::optional<double> sum;
  for (const auto& sample : summary.page().samples()) {
    const auto request = sample.label("request");
    if (sample.name == summary.full("requests_total") && sample.label("result") == result &&
        (request == "verify" || request == "credentials"))
      sum = sum.value_or(0) + sample.value;
  }
  return sum;
}

void add_logins(Summary& summary) {
  summary.add_count("logins", logins(summary, "ok"));
  summary.add_count("wrong passwords", logins(summary, "mismatch"));
  summary.add_count("unknown users", logins(summary, "unknown"));
  summary.add_count("logins denied by a row", logins(summary, "denied"));
  summary.add_count("logins throttled", logins(summary, "throttled"));
  summary.add_count("passwords known from before", summary.sum("remembered_logins_total"));
  const auto waiting = summary.sum("hashes_waiting");
  const auto threads = summary.sum("hash_threads");
  if (waiting && threads)
    summary.add("passwords being hashed", count_text(*waiting) + " on " + count_text(*threads) + " threads");
  summary.add_latency("99 % hashed within", "hash_duration_seconds", 0.99);
  summary.add_count("last logins lost", summary.sum("last_logins_lost_total"));
}

/// Those that counted: not of a rule on trial.
std::optional<double> enforced(const Summary& summary, std::string_view action) {
  std::optional<double> sum;
  for (const auto& sample : summary.page().samples()) {
    if (sample.name == summary.full("decisions_total") && sample.label("action") == action &&
        sample.label("mode") != "log")
      sum = sum.value_or(0) + sample.value;
  }
  return sum;
}

void add_decisions(Summary& summary) {
  summary.add_count("passed", summary.sum("passed_total"));
  summary.add_count("rejected", enforced(summary, "reject"));
  summary.add_count("deferred", enforced(summary, "defer"));
  summary.add_count("held", enforced(summary, "hold"));
  summary.add_count("told to come again", summary.sum("greylist_total", "known_by", "none"));
  summary.add_count("limits reached", summary.sum("limit_reached_total"));
  summary.add_count("logins held", summary.sum("logins_held_total"));
  if (const auto away = summary.sum("state_away"))
    summary.add("state", *away != 0 ? "can't be used" : "is used");
}

struct Daemon {
  std::string_view name;
  std::string_view requests;
  std::string_view latency;
  std::optional<double> (*failed)(Summary&);
  void (*add_own)(Summary&);
};

constexpr std::array<Daemon, 3> kDaemons{{
    {"mapd", "lookups_total", "lookup_duration_seconds", of_mapd, add_lookups},
    {"authd", "requests_total", "request_duration_seconds",
     [](Summary& summary) {
       return plus(summary.sum("requests_total", "result", "temporary"),
                   summary.sum("requests_total", "result", "permanent"));
     },
     add_logins},
    {"policyd", "requests_total", "request_duration_seconds",
     [](Summary& summary) { return summary.sum("rule_failures_total"); }, add_decisions},
}};

}  // namespace

std::vector<Figure> summary(std::string_view daemon, const MetricsPage& page, double now) {
  Summary summary(daemon, page);
  for (const auto& kind : kDaemons) {
    if (kind.name != daemon) continue;
    add_process(summary, now);
    add_requests(summary, kind.requests, kind.failed(summary), now);
    summary.add_latency("half answered within", kind.latency, 0.5);
    summary.add_latency("99 % answered within", kind.latency, 0.99);
    add_rows(summary);
    add_database(summary);
    add_connections(summary);
    kind.add_own(summary);
  }
  return summary.take();
}

}  // namespace extmail::ctl
