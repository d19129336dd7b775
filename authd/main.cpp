// SPDX-License-Identifier: MIT
#include "daemon/main.hpp"

#include "authd/announced_clients.hpp"
#include "authd/auth_protocol.hpp"
#include "authd/authdaemond_protocol.hpp"
#include "authd/authenticator.hpp"
#include "authd/config.hpp"
#include "authd/database.hpp"
#include "authd/metrics_page.hpp"
#include "authd/saslauthd_protocol.hpp"
#include "authd/warm_up.hpp"
#include "core/clock.hpp"
#include "daemon/metrics_protocol.hpp"
#include "daemon/shared_metrics.hpp"
#include "net/server.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace extmail::authd {
namespace {

std::shared_ptr<const Authenticator::Rules> rules_of(const Config& config, VerifiedPasswords& memory,
                                                     const Clock& clock) {
  return std::make_shared<const Authenticator::Rules>(
      Authenticator::Rules{AccountRules(config.accounts, clock),
                           PasswordChecker(memory, config.default_scheme), config.password_change});
}

AuthdaemondProtocol::Settings authdaemond_settings(const Config& config) {
  return {std::make_shared<const AuthdaemondAccounts>(config.accounts.access, config.accounts.mail,
                                                      config.authdaemond_paths),
          config.rights};
}

bool serves(const Config& config, std::string_view protocol) {
  return std::any_of(config.listeners.begin(), config.listeners.end(),
                     [&](const auto& each) { return each.protocol == protocol; });
}

void serve(const std::string& path, const Config& config, Log& log) {
  const SystemClock clock;
  net::Server server(config.server, log);
  Database database(config, clock, log);
  LoginThrottle throttle(config.throttle);
  VerifiedPasswords memory(config.remembered_passwords);
  LoginMetrics metrics;
  std::optional<LastLogins> last_logins;
  std::optional<Rehasher> rehasher;
  if (config.keeps_last_login) last_logins.emplace(LastLogins::Settings{}, database, clock, log);
  if (config.rehash) {
    const auto hash = [kind = *config.rehash](std::string_view password) {
      return hash_password(password, kind);
    };
    rehasher.emplace(hash, database, clock, log);
  }
  const Authenticator::Parts parts{.throttle = throttle,
                                   .memory = memory,
                                   .metrics = metrics,
                                   .last_logins = last_logins ? &*last_logins : nullptr,
                                   .rehasher = rehasher ? &*rehasher : nullptr,
                                   .writer = &database,
                                   .handover = &server.handover()};
  Authenticator authenticator(parts, rules_of(config, memory, clock), config.cache, database.rows(),
                              config.hash_threads, clock, log);

  std::optional<WarmUp> warm_up;
  if (config.warms_up) {
    warm_up.emplace(WarmUp::Settings{.cache_bytes = config.cache.max_bytes}, authenticator.store(),
                    database.rows().pages, clock, log);
  }

  AnnouncedClients clients(clock, serves(config, "saslauthd"));
  AuthProtocol auth(authenticator, config.rights, clients, log);
  SaslauthdProtocol saslauthd(authenticator, clients);
  AuthdaemondProtocol authdaemond(authenticator, authdaemond_settings(config), log);
  for (const auto& settings : config.listeners) {
    if (settings.protocol == "auth") server.listen(settings.listener, auth);
    if (settings.protocol == "saslauthd") server.listen(settings.listener, saslauthd);
    if (settings.protocol == "authdaemond") server.listen(settings.listener, authdaemond);
  }
  daemon::SharedMetrics shared_metrics("authd", authenticator.store(), config.cache, server);
  shared_metrics.show(database.hosts());
  const MetricsPage page(parts, authenticator, config.hash_threads, shared_metrics);
  std::optional<daemon::MetricsProtocol> http;
  if (config.metrics) {
    http.emplace([&page] { return page.text(); }, metrics::Families::kContentType, log);
    server.listen(*config.metrics, *http);
  }

  log.write(
      Level::Info, "ready",
      "extmail-authd " EXTMAIL_VERSION " serves " + std::to_string(config.listeners.size()) + " listener(s)");
  server.run([&] {
    daemon::reload(log, config.fixed, [&] {
      const Config fresh = read_config(path);
      auth.replace_rights(fresh.rights);
      authdaemond.replace_settings(authdaemond_settings(fresh));
      throttle.replace_settings(fresh.throttle);
      authenticator.replace_rules(rules_of(fresh, memory, clock));
      if (!database.reopen(fresh)) return fresh.fixed;
      authenticator.replace_database(database.rows());
      if (warm_up) warm_up->restart(database.rows().pages);
      shared_metrics.show(database.hosts());
      return fresh.fixed;
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
         const auto config = std::make_shared<const authd::Config>(authd::read_config(path));
         return [path, config, &log] { authd::serve(path, *config, log); };
       }});
}
