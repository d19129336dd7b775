// SPDX-License-Identifier: MIT
#include "daemon/main.hpp"

#include "cache/snapshot_keeper.hpp"
#include "cache/store.hpp"
#include "core/clock.hpp"
#include "daemon/shared_settings.hpp"
#include "maps/lookups.hpp"
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
  std::shared_ptr<const mysql::Settings> database;
  cache::Store::Settings cache;
  std::string snapshot;  ///< a file; empty for none
  net::Server::Settings server;
  std::vector<daemon::ListenSettings> listeners;
};

const std::vector<daemon::ListenProtocol> kProtocols{
    {.name = "socketmap", .over_tcp = true},
    {.name = "tcp_table", .over_tcp = true, .of_one_map = true},
};

cache::Store::Settings read_cache(daemon::ConfigFile::Table& mapd) {
  constexpr std::int64_t kMaxMebibytes = 1 << 20;
  constexpr std::int64_t kMaxTtl = 3600;
  constexpr std::int64_t kMaxStale = std::int64_t{30} * 24 * 3600;
  cache::Store::Settings settings;
  settings.max_bytes = static_cast<std::size_t>(mapd.integer("cache_size", 128, 1, kMaxMebibytes)) << 20U;
  settings.freshness.ttl = std::chrono::seconds(mapd.integer("cache_ttl", 5, 0, kMaxTtl));
  settings.freshness.max_stale = std::chrono::seconds(mapd.integer("max_stale", 3600, 0, kMaxStale));
  return settings;
}

Config read_config(const std::string& path) {
  daemon::ConfigFile file(path);
  auto mapd = file.table("mapd");
  Config config;
  config.mail = daemon::read_mail(file);
  config.database = std::make_shared<const mysql::Settings>(daemon::read_database(file, mapd));
  config.cache = read_cache(mapd);
  config.cache.connections = config.database->connections;
  config.snapshot = mapd.text("snapshot", "");
  if (!config.snapshot.empty() && config.snapshot.front() != '/')
    mapd.complain("snapshot", "must be an absolute path");
  config.server = daemon::read_server(mapd);
  config.listeners = daemon::read_listeners(mapd, kProtocols);
  for (const auto& listener : config.listeners) {
    if (!listener.map.empty() && find_map(listener.map) == nullptr)
      mapd.complain("listen", "names an unknown map, " + listener.map + "; known are " + known_maps());
  }
  daemon::ignore_other_daemons(file, "mapd");
  file.finish();
  return config;
}

cache::Store::Database open_database(const std::shared_ptr<const mysql::Settings>& settings,
                                     const Clock& clock, Log& log) {
  const auto hosts = std::make_shared<mysql::Hosts>(settings, clock, log);
  return {std::make_shared<mysql::MysqlRecords>(std::make_shared<mysql::Pool>(hosts, clock, log)),
          std::make_shared<mysql::MysqlChangeLog>(hosts)};
}

void serve(const std::string& path, Config config, Log& log) {
  const SystemClock clock;
  const cache::Moment started{clock.now(), std::chrono::system_clock::now()};
  net::Server server(config.server, log);
  cache::Store store(config.cache, open_database(config.database, clock, log), clock, log,
                     &server.handover());
  std::optional<cache::SnapshotKeeper> keeper;
  if (!config.snapshot.empty()) {
    cache::load_snapshot(config.snapshot, store, config.cache.freshness.max_stale, started, log);
    keeper.emplace(config.snapshot, store, clock, log);
  }
  Lookups lookups(store, config.mail, clock, log);
  SocketmapProtocol socketmap(lookups, log);
  std::list<TcpTableProtocol> tables;
  for (const auto& settings : config.listeners) {
    if (settings.protocol == "socketmap") {
      server.listen(settings.listener, socketmap);
    } else {
      server.listen(settings.listener, tables.emplace_back(settings.map, lookups, log));
    }
  }

  log.write(
      Level::Info, "ready",
      "extmail-mapd " EXTMAIL_VERSION " serves " + std::to_string(config.listeners.size()) + " listener(s)");
  server.run([&] {
    daemon::reload(log, [&] {
      Config fresh = read_config(path);
      lookups.replace_rules(std::move(fresh.mail));
      if (*fresh.database == *config.database) return;
      config.database = fresh.database;
      store.replace(open_database(config.database, clock, log));
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
