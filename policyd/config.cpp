// SPDX-License-Identifier: MIT
#include "policyd/config.hpp"

#include "daemon/cache_settings.hpp"

#include <chrono>
#include <string_view>

namespace extmail::policyd {

Config read_config(const std::string& path) {
  daemon::ConfigFile file(path);
  auto policyd = file.table("policyd");
  Config config;
  config.mail = std::make_shared<const MailRules>(daemon::read_mail(file));
  config.database = std::make_shared<const mysql::Settings>(daemon::read_database(file, policyd));
  config.has_policy_table = policyd.flag("policy_table", false);
  config.cache = daemon::read_cache(policyd, {.mebibytes = 64, .ttl = std::chrono::seconds(5)});
  config.cache.connections = config.database->connections;
  config.snapshot = policyd.text("snapshot", "");
  if (!config.snapshot.empty() && config.snapshot.front() != '/')
    policyd.complain("snapshot", "must be an absolute path");
  config.server = daemon::read_server(policyd);
  config.listeners =
      daemon::read_listeners(policyd, {{.name = "policy", .over_tcp = true}, {.name = "control"}});
  config.metrics = daemon::read_metrics(policyd);

  config.accounts.on_failure = read_on_failure(policyd, OnFailure::Dunno);
  const auto read_row = [&](std::string_view name) {
    return read_row_rule(policyd, name, config.accounts.on_failure, config.has_policy_table);
  };
  config.lists = read_row("lists");
  config.forged_senders = read_forged_senders(policyd, config.accounts.on_failure);
  config.senders = read_senders(policyd, config.accounts.on_failure);
  config.closed_groups = read_row("closed_groups");
  config.inside_only = read_row("inside_only");
  config.quota = read_quota(policyd, config.accounts.on_failure);
  config.greylist = read_greylist(policyd, config.accounts.on_failure);
  config.containment = read_containment(policyd, config.accounts.on_failure);
  config.limits = read_limits(policyd, config.accounts.on_failure);
  config.state = read_state(policyd);
  config.decisions = read_decisions(policyd);
  daemon::ignore_other_programs(file, "policyd");
  file.finish();
  return config;
}

}  // namespace extmail::policyd
