// SPDX-License-Identifier: MIT
#include "daemon/main.hpp"

#include "core/clock.hpp"
#include "daemon/shared_settings.hpp"
#include "maps/socketmap_protocol.hpp"
#include "mysql/mysql_directory.hpp"
#include "mysql/pool.hpp"
#include "net/server.hpp"
#include "net/workers.hpp"

#include <memory>
#include <string>
#include <vector>

namespace extmail::maps {
namespace {

/// Postfix sends one request at a time per process, so this many processes may wait at once.
constexpr std::size_t kMaxQueued = 4096;

struct Config {
  daemon::MailRules mail;
  mysql::Settings database;
  net::Server::Settings server;
  std::vector<daemon::ListenSettings> listeners;
};

Config read_config(const std::string& path) {
  daemon::ConfigFile file(path);
  auto mapd = file.table("mapd");
  Config config{daemon::read_mail(file), daemon::read_database(file, mapd), daemon::read_server(mapd),
                daemon::read_listeners(mapd, {"socketmap"})};
  daemon::ignore_other_daemons(file, "mapd");
  file.finish();
  return config;
}

/// The maps with all they stand on. A reload makes a new one; the old one lives until its last lookup ends.
class Maps {
 public:
  Maps(Config config, const Clock& clock, Log& log)
      : pool_(std::move(config.database), clock, log),
        directory_(pool_),
        settings_{config.mail.access, std::move(config.mail.recipient_delimiter)},
        maps_(directory_, clock, settings_) {}

  static std::shared_ptr<const AddressMaps> make(Config config, const Clock& clock, Log& log) {
    const auto whole = std::make_shared<Maps>(std::move(config), clock, log);
    return {whole, &whole->maps_};
  }

 private:
  mysql::Pool pool_;
  mysql::MysqlDirectory directory_;
  AddressMaps::Settings settings_;
  AddressMaps maps_;
};

void serve(const std::string& path, Config config, Log& log) {
  const SystemClock clock;
  const auto listeners = config.listeners;
  net::Server server(config.server, log);
  net::Workers workers("lookups", config.database.connections, kMaxQueued, log);
  SocketmapProtocol socketmap(Maps::make(std::move(config), clock, log), workers, log);
  for (const auto& settings : listeners)
    server.listen(settings.listener, socketmap);

  log.write(Level::Info, "ready",
            "extmail-mapd " EXTMAIL_VERSION " serves " + std::to_string(listeners.size()) + " listener(s)");
  server.run([&] {
    daemon::reload(log, [&] { socketmap.replace_maps(Maps::make(read_config(path), clock, log)); });
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
