// SPDX-License-Identifier: MIT
#pragma once

#include "cache/store.hpp"
#include "maps/lookup_metrics.hpp"
#include "metrics/families.hpp"
#include "metrics/process_metrics.hpp"
#include "mysql/hosts.hpp"
#include "net/server.hpp"

#include <memory>
#include <mutex>
#include <string>

namespace extmail::maps {

/// What extmail-mapd shows on its page of metrics; extmail-mapd(8) lists it.
///
/// Threads: all members may be called concurrently.
class MetricsPage {
 public:
  /// lookups, store and server must outlive the page. To be made at the start of the process: see ProcessMetrics.
  MetricsPage(const LookupMetrics& lookups, const cache::Store& store, const cache::Store::Settings& settings,
              const net::Server& server);

  /// Shows these servers from now on.
  void show(std::shared_ptr<const mysql::Hosts> hosts);

  [[nodiscard]] std::string text() const;

 private:
  void collect_cache(metrics::Families& families, const cache::Store::Statistics& now) const;
  void collect_database(metrics::Families& families, const cache::Store::Statistics& now) const;
  void collect_hosts(metrics::Families& families) const;
  void collect_connections(metrics::Families& families) const;

  const LookupMetrics& lookups_;
  const cache::Store& store_;
  const cache::Store::Settings settings_;
  const net::Server& server_;
  const metrics::ProcessMetrics process_;
  mutable std::mutex mutex_;  // guards hosts_
  std::shared_ptr<const mysql::Hosts> hosts_;
};

}  // namespace extmail::maps
