// SPDX-License-Identifier: MIT
#pragma once

#include "cache/store.hpp"
#include "metrics/families.hpp"
#include "metrics/process_metrics.hpp"
#include "mysql/hosts.hpp"
#include "net/server.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace extmail::daemon {

/// What a daemon that keeps rows in memory shows of these, of its database, its peers and itself: `extmail_mapd_cache_…`.
///
/// Threads: all members may be called concurrently.
class SharedMetrics {
 public:
  /// daemon is `mapd`, say. store and server must outlive the metrics. To be made at the start of the process: see
  /// ProcessMetrics.
  SharedMetrics(std::string_view daemon, const cache::Store& store, const cache::Store::Settings& settings,
                const net::Server& server);

  /// Shows these servers from now on.
  void show(std::shared_ptr<const mysql::Hosts> hosts);

  void collect(metrics::Families& families) const;

 private:
  void collect_cache(metrics::Families& families, const cache::Store::Statistics& now) const;
  void collect_database(metrics::Families& families, const cache::Store::Statistics& now) const;
  void collect_hosts(metrics::Families& families) const;
  void collect_change_log(metrics::Families& families, const cache::Store::Statistics& now) const;
  void collect_connections(metrics::Families& families) const;

  const std::string prefix_;
  const cache::Store& store_;
  const cache::Store::Settings settings_;
  const net::Server& server_;
  const metrics::ProcessMetrics process_;
  mutable std::mutex mutex_;  // guards hosts_
  std::shared_ptr<const mysql::Hosts> hosts_;
};

}  // namespace extmail::daemon
