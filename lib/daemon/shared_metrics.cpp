// SPDX-License-Identifier: MIT
#include "daemon/shared_metrics.hpp"

#include <chrono>
#include <utility>
#include <vector>

namespace extmail::daemon {
namespace {

using metrics::Families;
using metrics::Sample;

template <typename Number>
double number(Number value) {
  return static_cast<double>(value);
}

double seconds(std::chrono::milliseconds time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

SharedMetrics::SharedMetrics(std::string_view daemon, const cache::Store& store,
                             const cache::Store::Settings& settings, const net::Server& server)
    : prefix_("extmail_" + std::string(daemon) + '_'), store_(store), settings_(settings), server_(server) {}

void SharedMetrics::show(std::shared_ptr<const mysql::Hosts> hosts) {
  const std::lock_guard lock(mutex_);
  hosts_ = std::move(hosts);
}

void SharedMetrics::collect(Families& families) const {
  families.gauge(prefix_ + "build_info", "Always 1; the version that runs.",
                 {{{{"version", EXTMAIL_VERSION}}, 1}});
  const auto now = store_.statistics();
  collect_cache(families, now);
  collect_database(families, now);
  collect_hosts(families);
  collect_change_log(families, now);
  collect_connections(families);
  process_.collect(families);
}

void SharedMetrics::collect_cache(Families& families, const cache::Store::Statistics& now) const {
  families.counter(prefix_ + "cache_hits_total",
                   "Rows that were in memory and fresh; a lookup needs one to several.", number(now.hits));
  families.counter(prefix_ + "cache_misses_total", "Rows that had to be asked of the database.",
                   number(now.misses));
  families.counter(
      prefix_ + "cache_stale_total",
      "Rows that were served although nobody knew whether they are still right, because the database "
      "was away.",
      number(now.stale));
  families.counter(prefix_ + "cache_evictions_total",
                   "Rows that had to make room. Many, and misses with them: raise cache_size.",
                   number(now.size.evictions));
  families.gauge(prefix_ + "cache_entries", "Rows in memory, those known not to exist included.",
                 number(now.size.entries));
  families.gauge(prefix_ + "cache_bytes", "Memory that the rows take.", number(now.size.bytes));
  families.gauge(prefix_ + "cache_max_bytes", "Memory that the rows may take (cache_size).",
                 number(settings_.max_bytes));
  families.gauge(prefix_ + "cache_max_stale_seconds",
                 "How long rows are served while the database is away (max_stale); then lookups fail.",
                 number(settings_.freshness.max_stale.count()));
}

void SharedMetrics::collect_database(Families& families, const cache::Store::Statistics& now) const {
  families.counter(prefix_ + "database_queries_total", "Queries for rows; each asks for one or more keys.",
                   number(now.fetches.queries));
  families.counter(prefix_ + "database_keys_total", "Keys that were asked for in these queries.",
                   number(now.fetches.keys));
  families.counter(
      prefix_ + "database_query_failures_total",
      "Queries that failed or had no answer in time; see database_down and query_failed in the log.",
      number(now.fetches.failures));
  families.gauge(prefix_ + "database_keys_waiting", "Keys that wait for a query now.",
                 number(now.fetches.waiting));
  families.gauge(
      prefix_ + "database_away",
      "1: the database does not answer; known rows are served until they are max_stale old, all else is a "
      "temporary failure.",
      now.is_away ? 1 : 0);
  families.gauge(
      prefix_ + "database_last_answer_age_seconds",
      "Since the last question that the database answered was asked; there is one at least each second.",
      seconds(now.last_answer));
}

void SharedMetrics::collect_hosts(Families& families) const {
  std::shared_ptr<const mysql::Hosts> hosts;
  {
    const std::lock_guard lock(mutex_);
    hosts = hosts_;
  }
  if (!hosts) return;
  std::vector<Sample> well;
  std::vector<Sample> active;
  std::vector<Sample> failures;
  for (const auto& status : hosts->status()) {
    const metrics::Labels labels{{"host", status.host}};
    well.push_back({labels, status.is_well ? 1.0 : 0.0});
    active.push_back({labels, status.is_active ? 1.0 : 0.0});
    failures.push_back({labels, number(status.failures)});
  }
  families.gauge(
      prefix_ + "database_host_well",
      "0: the last connection to this server of hosts failed. 1: it succeeded, or none was needed yet.",
      well);
  families.gauge(prefix_ + "database_host_active", "1 for the server of hosts that is asked.", active);
  families.counter(
      prefix_ + "database_host_failures_total",
      "Failures of this server: refused or lost connections. A reload with other settings begins at 0.",
      failures);
}

void SharedMetrics::collect_connections(Families& families) const {
  const auto now = server_.statistics();
  families.gauge(prefix_ + "connections",
                 "Open connections of peers, on all sockets but that of the metrics.", number(now.open));
  families.gauge(prefix_ + "max_connections", "Connections that peers may have (max_connections).",
                 number(now.max));
  families.counter(prefix_ + "connections_accepted_total", "Connections of peers since the start.",
                   number(now.accepted));
  families.counter(prefix_ + "connections_refused_total",
                   "Connections that were closed at once, because max_connections were open.",
                   number(now.refused));
}

void SharedMetrics::collect_change_log(Families& families, const cache::Store::Statistics& now) const {
  families.gauge(
      prefix_ + "change_log_followed",
      "1: changes show within a second. 0: the database has no change log, rows are read again after "
      "cache_ttl; see change_log_missing in the log.",
      now.changes.follows_log ? 1 : 0);
  families.counter(prefix_ + "change_log_changes_total", "Changes that were read from the change log.",
                   number(now.changes.changes));
  families.counter(prefix_ + "change_log_flushes_total",
                   "How often everything was to be read anew (extmailctl flush).",
                   number(now.changes.flushes));
  families.gauge(prefix_ + "change_log_newest_id", "Id of the newest change that was read.",
                 number(now.changes.newest_id));
  families.gauge(
      prefix_ + "change_log_gaps",
      "Ids below the newest that were not there yet, of transactions that have not ended or were rolled "
      "back; looked for again for ten minutes.",
      number(now.changes.gaps));
  if (!now.changes.follows_log) return;
  families.gauge(
      prefix_ + "change_log_lag_seconds",
      "Since the change log was last read to its end: changes that are newer do not show yet. Missing while "
      "there is no change log.",
      seconds(now.last_answer));
}

}  // namespace extmail::daemon
