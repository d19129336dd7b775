// SPDX-License-Identifier: MIT
#include "ctl/doctor/site.hpp"

#include "core/password.hpp"
#include "daemon/config_file.hpp"
#include "daemon/shared_settings.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace extmail::ctl {
namespace {

/// A daemon, and what its listeners speak where they do not say.
constexpr std::array<std::pair<const char*, const char*>, 3> kDaemons{
    {{"mapd", "socketmap"}, {"authd", "auth"}, {"policyd", "policy"}}};

/// As the daemon itself would log in. A file of its own, because faults of one daemon's table are none of another's.
DaemonFacts read_daemon(const std::string& config, const std::string& name) {
  DaemonFacts facts;
  facts.name = name;
  daemon::ConfigFile file(config);
  auto own = file.table(name);
  facts.password_file = own.text("database_password_file", "");
  try {
    daemon::ConfigFile shared(config);
    auto again = shared.table(name);
    auto account = daemon::read_database(shared, again);
    // finish() would complain of all the keys that only the daemon reads. An empty password is what is left of one that
    // can't be read.
    if (account.password.empty()) {
      facts.account_fault = facts.password_file + " can't be read as " + name + "'s password";
    } else {
      account.connections = 1;
      facts.account = std::move(account);
    }
  } catch (const daemon::ConfigError& error) {
    facts.account_fault = error.what();
  }
  return facts;
}

void read_wishes(daemon::ConfigFile& file, SiteFacts& facts) {
  auto authd = file.table("authd");
  facts.default_scheme = authd.text("default_scheme", kDefaultScheme);
  facts.wants_app_passwords = authd.flag("app_passwords", false);
  facts.wants_user_fields = authd.flag("user_fields", false);
  facts.wants_last_login = authd.flag("last_login", false);
  facts.may_write_passwords = authd.text("rehash", "off") != "off";
  if (auto change = authd.optional_table("password_change"))
    facts.may_write_passwords = facts.may_write_passwords || change->flag("enabled", false);
  auto policyd = file.table("policyd");
  facts.wants_policy_table = policyd.flag("policy_table", false);
  if (auto senders = policyd.optional_table("senders"))
    facts.checks_senders = senders->flag("enabled", false);
  if (auto quota = policyd.optional_table("quota")) {
    facts.wants_usage_table = quota->flag("enabled", false) && quota->text("usage", "") == "table";
  }
  if (auto decisions = policyd.optional_table("decisions"))
    facts.wants_decision_table = decisions->flag("enabled", false);
  auto maps = file.table("maps");
  for (const auto& [name, table] : maps.named_tables("query"))
    facts.own_maps.push_back(name);
}

}  // namespace

const Listener* SiteFacts::find_listener(const std::string& path) const {
  const auto found =
      std::find_if(listeners.begin(), listeners.end(), [&](const auto& each) { return each.path == path; });
  return found == listeners.end() ? nullptr : &*found;
}

SiteFacts read_site(const std::string& config) {
  SiteFacts facts;
  facts.settings = read_settings(config);
  daemon::ConfigFile file(config);
  for (const auto& [name, protocol] : kDaemons) {
    auto table = file.table(name);
    const auto listens = table.tables("listen");
    if (listens.empty()) continue;  // this host does not run it
    facts.daemons.push_back(read_daemon(config, name));
    for (auto listen : listens) {
      if (const std::string path = listen.text("path", ""); !path.empty())
        facts.listeners.push_back({name, listen.text("protocol", protocol), path});
    }
  }
  read_wishes(file, facts);
  return facts;
}

}  // namespace extmail::ctl
