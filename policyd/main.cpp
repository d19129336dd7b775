// SPDX-License-Identifier: MIT
#include "daemon/main.hpp"

#include "cache/snapshot_keeper.hpp"
#include "cache/store.hpp"
#include "core/clock.hpp"
#include "daemon/metrics_protocol.hpp"
#include "daemon/shared_metrics.hpp"
#include "maildir/maildir_usage.hpp"
#include "mysql/mysql_change_log.hpp"
#include "mysql/mysql_decisions.hpp"
#include "mysql/mysql_mail_usage.hpp"
#include "mysql/mysql_policies.hpp"
#include "mysql/mysql_records.hpp"
#include "mysql/pool.hpp"
#include "net/server.hpp"
#include "net/workers.hpp"
#include "policyd/config.hpp"
#include "policyd/control_protocol.hpp"
#include "policyd/decision_metrics.hpp"
#include "policyd/decisions/decision_record.hpp"
#include "policyd/pipeline.hpp"
#include "policyd/policy_protocol.hpp"
#include "policyd/rehearsal.hpp"
#include "policyd/rule_health.hpp"
#include "policyd/rules.hpp"
#include "policyd/state/kept_state.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace extmail::policyd {
namespace {

/// For what waits for a disk or a database: what mailboxes hold.
constexpr std::size_t kWaitingThreads = 4;
constexpr std::size_t kMaxQueued = 1024;

std::chrono::sys_seconds wall_time() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

cache::Store::Database database_of(const std::shared_ptr<mysql::Hosts>& hosts, bool has_policy_table,
                                   const Clock& clock, Log& log) {
  using Extension = mysql::MysqlChangeLog::Extension;
  auto pool = std::make_shared<mysql::Pool>(hosts, clock, log);
  if (has_policy_table) {
    return {std::make_shared<mysql::MysqlPolicies>(std::move(pool)),
            std::make_shared<mysql::MysqlChangeLog>(hosts, Extension::Policies)};
  }
  return {std::make_shared<mysql::MysqlRecords>(std::move(pool)),
          std::make_shared<mysql::MysqlChangeLog>(hosts)};
}

std::shared_ptr<const MailUsage> usage_of(const Config& config, const std::shared_ptr<mysql::Hosts>& hosts,
                                          const Clock& clock, Log& log) {
  if (!config.quota.enabled) return nullptr;
  if (config.quota.usage == QuotaSettings::Usage::MaildirSize)
    return std::make_shared<const maildir::MaildirUsage>(config.mail->location);
  return std::make_shared<const mysql::MysqlMailUsage>(std::make_shared<mysql::Pool>(hosts, clock, log),
                                                       clock);
}

void serve(const std::string& path, Config config, Log& log) {
  const SystemClock clock;
  const cache::Moment started{clock.now(), std::chrono::system_clock::now()};
  net::Server server(config.server, log);
  // Before the store and the state, which still bring answers at their end.
  DecisionMetrics decisions(rule_names());
  RuleHealth health(clock, log);
  auto hosts = std::make_shared<mysql::Hosts>(config.database, clock, log);
  const auto record_table = [&] {
    return std::make_shared<mysql::MysqlDecisions>(std::make_shared<mysql::Pool>(hosts, clock, log));
  };
  std::optional<DecisionRecord> record;
  if (config.decisions.enabled) {
    record.emplace(DecisionRecord::Settings{.kept_for = config.decisions.kept_for}, record_table(), clock,
                   wall_time, log);
  }
  // Before the state, whose last answers they hear.
  std::optional<Ledger> ledger;
  std::optional<RehearsalParts> rehearsal_parts;
  KeptState kept(std::move(config.state), clock, log);
  ledger.emplace(kept.state(), clock, log);
  rehearsal_parts.emplace(kept.state(), clock);
  if (config.needs_state()) kept.keep();
  net::Workers waiting("mail usage", kWaitingThreads, kMaxQueued, log);  // whose answers lead to the state
  cache::Store store(config.cache, database_of(hosts, config.has_policy_table, clock, log), clock, log,
                     &server.handover());
  std::optional<cache::SnapshotKeeper> keeper;
  if (!config.snapshot.empty()) {
    cache::load_snapshot(config.snapshot, store, config.cache.freshness.max_stale, started, log);
    keeper.emplace(config.snapshot, store, clock, log);
  }
  daemon::SharedMetrics shared_metrics("policyd", store, config.cache, server);
  shared_metrics.show(hosts);
  const auto rules_of = [&](const Config& wanted) {
    return make_rules(wanted,
                      {kept.state(), *ledger, waiting, usage_of(wanted, hosts, clock, log), clock, log});
  };
  Pipeline pipeline({store, decisions, health, clock, log, record ? &*record : nullptr}, rules_of(config));
  const auto rehearsed_rules_of = [&](const Config& wanted) {
    return make_rules(wanted,
                      {rehearsal_parts->state, rehearsal_parts->ledger, waiting,
                       usage_of(wanted, hosts, clock, rehearsal_parts->log), clock, rehearsal_parts->log});
  };
  Rehearsal rehearsal(*rehearsal_parts, store, clock, rehearsed_rules_of(config));
  Headroom headroom(store, kept.state(), clock, {config.mail, config.limits.limits});
  PolicyProtocol policy(pipeline, *ledger, log);
  ControlProtocol control(kept.state(), headroom, rehearsal, log);
  for (const auto& settings : config.listeners) {
    net::Protocol& protocol = settings.protocol == "control" ? static_cast<net::Protocol&>(control) : policy;
    server.listen(settings.listener, protocol);
  }
  std::optional<daemon::MetricsProtocol> http;
  if (config.metrics) {
    http.emplace(
        [&] {
          metrics::Families families;
          decisions.collect(families);
          pipeline.collect(families);
          kept.collect(families);
          if (record) record->collect(families);
          shared_metrics.collect(families);
          return families.page();
        },
        metrics::Families::kContentType, log);
    server.listen(*config.metrics, *http);
  }

  log.write(Level::Info, "ready",
            "extmail-policyd " EXTMAIL_VERSION " serves " + std::to_string(config.listeners.size()) +
                " listener(s)");
  server.run([&] {
    daemon::reload(log, config.fixed, [&] {
      Config fresh = read_config(path);
      if (fresh.needs_state()) kept.keep();
      const bool is_same_database =
          *fresh.database == *config.database && fresh.has_policy_table == config.has_policy_table;
      if (!is_same_database) {
        config.database = fresh.database;
        config.has_policy_table = fresh.has_policy_table;
        hosts = std::make_shared<mysql::Hosts>(config.database, clock, log);
        store.replace(database_of(hosts, config.has_policy_table, clock, log));
        if (record) record->replace(record_table());
        shared_metrics.show(hosts);
      }
      pipeline.replace(rules_of(fresh));
      rehearsal.replace(rehearsed_rules_of(fresh));
      headroom.replace({fresh.mail, fresh.limits.limits});
      return fresh.fixed;
    });
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
