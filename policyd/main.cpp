// SPDX-License-Identifier: MIT
#include "daemon/main.hpp"

#include "core/clock.hpp"
#include "core/idn.hpp"
#include "daemon/shared_settings.hpp"
#include "mysql/mysql_directory.hpp"
#include "mysql/pool.hpp"
#include "net/server.hpp"
#include "net/workers.hpp"
#include "policyd/policy_protocol.hpp"
#include "policyd/rules.hpp"

#include <memory>
#include <string>
#include <vector>

namespace extmail::policyd {
namespace {

/// Postfix sends one request at a time per process, so this many processes may wait at once.
constexpr std::size_t kMaxQueued = 4096;

struct Config {
  MailRules mail;
  mysql::Settings database;
  net::Server::Settings server;
  std::vector<daemon::ListenSettings> listeners;
  std::string on_failure;
};

Config read_config(const std::string& path) {
  daemon::ConfigFile file(path);
  auto policyd = file.table("policyd");
  Config config;
  config.mail = daemon::read_mail(file);
  config.database = daemon::read_database(file, policyd);
  config.server = daemon::read_server(policyd);
  config.listeners = daemon::read_listeners(policyd, {{.name = "policy", .over_tcp = true}});
  config.on_failure = policyd.choice("on_failure", {"dunno", "defer"}, "dunno") == "defer"
                          ? "DEFER 4.3.0 the account database cannot be asked now, please try again later"
                          : "DUNNO";
  daemon::ignore_other_daemons(file, "policyd");
  file.finish();
  return config;
}

/// The rules with all they stand on. A reload makes new ones; the old ones live until their last request
/// ends.
class Policy {
 public:
  Policy(Config config, const Clock& clock, Log& log)
      : pool_(mysql::make_hosts(std::move(config.database), clock, log), clock, log),
        rows_(pool_),
        directory_(rows_),
        rules_(directory_, clock, log, {config.mail, config.on_failure}) {}

  static std::shared_ptr<const Rules> make(Config config, const Clock& clock, Log& log) {
    const auto whole = std::make_shared<Policy>(std::move(config), clock, log);
    return {whole, &whole->rules_};
  }

 private:
  mysql::Pool pool_;
  mysql::MysqlDirectory rows_;
  IdnDirectory directory_;
  Rules rules_;
};

void serve(const std::string& path, Config config, Log& log) {
  const SystemClock clock;
  const auto listeners = config.listeners;
  net::Server server(config.server, log);
  net::Workers workers("policy requests", config.database.connections, kMaxQueued, log);
  PolicyProtocol policy(Policy::make(std::move(config), clock, log), workers, log);
  for (const auto& settings : listeners)
    server.listen(settings.listener, policy);

  log.write(
      Level::Info, "ready",
      "extmail-policyd " EXTMAIL_VERSION " serves " + std::to_string(listeners.size()) + " listener(s)");
  server.run([&] {
    daemon::reload(log, [&] { policy.replace_rules(Policy::make(read_config(path), clock, log)); });
  });
}

}  // namespace
}  // namespace extmail::policyd

int main(int argc, char** argv) {
  using namespace extmail;
  return daemon::run_main(
      argc, argv,
      {"extmail-policyd", "Decides for Postfix by the ExtMail database who may send and receive.",
       [](const std::string& path, Log& log) -> std::function<void()> {
         auto config = std::make_shared<policyd::Config>(policyd::read_config(path));
         return [path, config, &log] { policyd::serve(path, std::move(*config), log); };
       }});
}
