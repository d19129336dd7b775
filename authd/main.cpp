// SPDX-License-Identifier: MIT
#include "daemon/main.hpp"

#include "authd/auth_protocol.hpp"
#include "authd/authenticator.hpp"
#include "authd/saslauthd_protocol.hpp"
#include "authd/service.hpp"
#include "core/clock.hpp"
#include "core/idn.hpp"
#include "daemon/shared_settings.hpp"
#include "mysql/mysql_directory.hpp"
#include "mysql/pool.hpp"
#include "net/server.hpp"

#include <charconv>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <pwd.h>

namespace extmail::authd {
namespace {

struct Config {
  MailRules mail;
  mysql::Settings database;
  net::Server::Settings server;
  std::vector<daemon::ListenSettings> listeners;
  std::set<uid_t> credentials_users;
  Service::Threads threads;
};

std::set<uid_t> read_users(daemon::ConfigFile::Table& authd) {
  const std::vector<std::string> defaults{"root", "postfix"};
  const auto names = authd.texts("credentials_users", defaults);
  std::set<uid_t> users;
  for (const auto& name : names) {
    uid_t number = 0;
    const char* last = name.data() + name.size();
    const auto [end, error] = std::from_chars(name.data(), last, number);
    if (error == std::errc() && end == last) {
      users.insert(number);
    } else if (const passwd* entry = getpwnam(name.c_str())) {
      users.insert(entry->pw_uid);
    } else if (names != defaults) {  // a host without Postfix need not say so
      authd.complain("credentials_users", "names no user of this host: " + name);
    }
  }
  return users;
}

Service::Threads read_threads(daemon::ConfigFile::Table& authd, const mysql::Settings& database) {
  constexpr std::int64_t kMaxThreads = 256;
  const auto cores = std::max<std::int64_t>(1, std::thread::hardware_concurrency());
  return {database.connections,
          static_cast<std::size_t>(authd.integer("hash_threads", cores, 1, kMaxThreads))};
}

Config read_config(const std::string& path) {
  daemon::ConfigFile file(path);
  auto authd = file.table("authd");
  Config config;
  config.mail = daemon::read_mail(file);
  config.database = daemon::read_database(file, authd);
  config.server = daemon::read_server(authd);
  config.listeners = daemon::read_listeners(authd, {{.name = "auth"}, {.name = "saslauthd"}});
  config.credentials_users = read_users(authd);
  config.threads = read_threads(authd, config.database);
  daemon::ignore_other_daemons(file, "authd");
  file.finish();
  return config;
}

/// The authenticator with all it stands on. A reload makes a new one; the old one lives until its last
/// request ends.
class Accounts {
 public:
  Accounts(Config config, const Clock& clock, Log& log)
      : pool_(mysql::make_hosts(std::move(config.database), clock, log), clock, log),
        rows_(pool_),
        directory_(rows_),
        passwords_(pool_),
        authenticator_(directory_, passwords_, clock, log, {config.mail.access, config.mail.location}) {}

  static std::shared_ptr<const Authenticator> make(Config config, const Clock& clock, Log& log) {
    const auto whole = std::make_shared<Accounts>(std::move(config), clock, log);
    return {whole, &whole->authenticator_};
  }

 private:
  mysql::Pool pool_;
  mysql::MysqlDirectory rows_;
  IdnDirectory directory_;
  mysql::MysqlPasswordDirectory passwords_;
  Authenticator authenticator_;
};

void serve(const std::string& path, Config config, Log& log) {
  const SystemClock clock;
  const auto listeners = config.listeners;
  const auto threads = config.threads;
  net::Server server(config.server, log);
  auto credentials_users = config.credentials_users;
  Service service(Accounts::make(std::move(config), clock, log), threads, log);
  AuthProtocol auth(service, std::move(credentials_users), log);
  SaslauthdProtocol saslauthd(service);
  for (const auto& settings : listeners) {
    if (settings.protocol == "auth") server.listen(settings.listener, auth);
    if (settings.protocol == "saslauthd") server.listen(settings.listener, saslauthd);
  }

  log.write(Level::Info, "ready",
            "extmail-authd " EXTMAIL_VERSION " serves " + std::to_string(listeners.size()) + " listener(s)");
  server.run([&] {
    daemon::reload(log, [&] {
      Config fresh = read_config(path);
      auth.replace_credentials_users(fresh.credentials_users);
      service.replace_authenticator(Accounts::make(std::move(fresh), clock, log));
    });
  });
}

}  // namespace
}  // namespace extmail::authd

int main(int argc, char** argv) {
  using namespace extmail;
  return daemon::run_main(
      argc, argv,
      {"extmail-authd", "Verifies passwords and serves user data from the ExtMail database.",
       [](const std::string& path, Log& log) -> std::function<void()> {
         auto config = std::make_shared<authd::Config>(authd::read_config(path));
         return [path, config, &log] { authd::serve(path, std::move(*config), log); };
       }});
}
