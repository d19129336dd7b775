// SPDX-License-Identifier: MIT
#include "daemon/main.hpp"

#include "cache/snapshot_keeper.hpp"
#include "cache/store.hpp"
#include "core/clock.hpp"
#include "daemon/cache_settings.hpp"
#include "daemon/metrics_protocol.hpp"
#include "daemon/shared_metrics.hpp"
#include "daemon/shared_settings.hpp"
#include "maps/lookup_metrics.hpp"
#include "maps/lookups.hpp"
#include "maps/query_maps.hpp"
#include "maps/socketmap_protocol.hpp"
#include "maps/tcp_table_protocol.hpp"
#include "mysql/mysql_change_log.hpp"
#include "mysql/mysql_records.hpp"
#include "mysql/pool.hpp"
#include "net/server.hpp"

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace extmail::maps {
namespace {

struct Config {
  MailRules mail;
  QueryMaps queries;
  std::shared_ptr<const mysql::Settings> database;
  cache::Store::Settings cache;
  std::string snapshot;  ///< a file; empty for none
  daemon::FixedKeys fixed;
  net::Server::Settings server;
  std::vector<daemon::ListenSettings> listeners;
  std::optional<net::Listener> metrics;
};

const std::vector<daemon::ListenProtocol> kProtocols{
    {.name = "socketmap", .over_tcp = true},
    {.name = "tcp_table", .over_tcp = true, .of_one_map = true},
};

Config read_config(const std::string& path) {
  daemon::ConfigFile file(path);
  auto mapd = file.table("mapd");
  Config config;
  config.mail = daemon::read_mail(file);
  config.queries = read_query_maps(file);
  config.database = std::make_shared<const mysql::Settings>(daemon::read_database(file, mapd));
  config.cache = daemon::read_cache(mapd, {.mebibytes = 128, .ttl = std::chrono::seconds(5)});
  config.cache.connections = config.database->connections;
  mapd.fix("snapshot");
  config.snapshot = mapd.text("snapshot", "");
  if (!config.snapshot.empty() && config.snapshot.front() != '/')
    mapd.complain("snapshot", "must be an absolute path");
  config.server = daemon::read_server(mapd);
  config.listeners = daemon::read_listeners(mapd, kProtocols);
  for (const auto& listener : config.listeners) {
    if (!listener.map.empty() && !is_known_map(listener.map, config.queries)) {
      mapd.complain("listen",
                    "names an unknown map, " + listener.map + "; known are " + known_maps(config.queries));
    }
  }
  config.metrics = daemon::read_metrics(mapd);
  daemon::ignore_other_programs(file, "mapd");
  file.finish();
  config.fixed = file.fixed_keys();
  return config;
}

cache::Store::Database database_of(const std::shared_ptr<mysql::Hosts>& hosts, const Clock& clock, Log& log) {
  return {std::make_shared<mysql::MysqlRecords>(std::make_shared<mysql::Pool>(hosts, clock, log)),
          std::make_shared<mysql::MysqlChangeLog>(hosts)};
}

void serve(const std::string& path, Config config, Log& log) {
  const SystemClock clock;
  const cache::Moment started{clock.now(), std::chrono::system_clock::now()};
  net::Server server(config.server, log);
  LookupMetrics lookup_metrics(map_names(config.queries),
                               clock);  // before the store, whose threads still count at its end
  auto hosts = std::make_shared<mysql::Hosts>(config.database, clock, log);
  cache::Store store(config.cache, database_of(hosts, clock, log), clock, log, &server.handover());
  std::optional<cache::SnapshotKeeper> keeper;
  if (!config.snapshot.empty()) {
    cache::load_snapshot(config.snapshot, store, config.cache.freshness.max_stale, started, log);
    keeper.emplace(config.snapshot, store, clock, log);
  }
  daemon::SharedMetrics shared_metrics("mapd", store, config.cache, server);
  shared_metrics.show(hosts);
  Lookups lookups(store, config.mail, lookup_metrics, clock, log);
  lookups.replace_queries(std::move(config.queries));
  SocketmapProtocol socketmap(lookups, log);
  std::list<TcpTableProtocol> tables;
  for (const auto& settings : config.listeners) {
    if (settings.protocol == "socketmap") {
      server.listen(settings.listener, socketmap);
    } else {
      server.listen(settings.listener, tables.emplace_back(settings.map, lookups, log));
    }
  }
  std::optional<daemon::MetricsProtocol> http;
  if (config.metrics) {
    http.emplace(
        [&] {
          metrics::Families families;
          lookup_metrics.collect(families);
          shared_metrics.collect(families);
          return families.page();
        },
        metrics::Families::kContentType, log);
    server.listen(*config.metrics, *http);
  }

  log.write(
      Level::Info, "ready",
      "extmail-mapd " EXTMAIL_VERSION " serves " + std::to_string(config.listeners.size()) + " listener(s)");
  server.run([&] {
    daemon::reload(log, config.fixed, [&] {
      Config fresh = read_config(path);
      lookups.replace_rules(std::move(fresh.mail));
      lookups.replace_queries(std::move(fresh.queries));
      if (*fresh.database == *config.database) return fresh.fixed;
      config.database = fresh.database;
      hosts = std::make_shared<mysql::Hosts>(config.database, clock, log);
      store.replace(database_of(hosts, clock, log));
      shared_metrics.show(hosts);
      return fresh.fixed;
    });
  });
}

}  // namespace
}  // namespace extmail::maps

int main(int argc, char** argv) {
  using namespace extmail;
  return daemon::run_main(argc, argv,
                          {"extmail-mapd", "Answers Postfix's lookups from the ExtMail database.",
                           [](const std::string& path, Log& log) -> std::function<void()> {
                             auto config = std::make_shared<maps::Config>(maps::read_config(path));
                             return [path, config, &log] { maps::serve(path, std::move(*config), log); };
                           }});
}
