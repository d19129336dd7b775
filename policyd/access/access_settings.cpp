// SPDX-License-Identifier: MIT
#include "policyd/access/access_settings.hpp"

#include "policyd/list_settings.hpp"

namespace extmail::policyd {

SenderSettings read_senders(daemon::ConfigFile::Table& policyd, OnFailure otherwise) {
  SenderSettings settings;
  settings.rule.on_failure = otherwise;
  if (auto table = policyd.optional_table("senders")) {
    settings.rule = read_rule_settings(*table, otherwise);
    settings.enabled = table->flag("enabled", settings.enabled);
    settings.checks_ownership = table->flag("ownership", settings.checks_ownership);
    settings.allows_null_sender = table->flag("null_sender", settings.allows_null_sender);
    if (settings.enabled && !settings.checks_ownership && settings.allows_null_sender)
      table->complain("enabled", "has nothing to check: ownership is false and null_sender is true");
  }
  return settings;
}

ForgedSenderSettings read_forged_senders(daemon::ConfigFile::Table& policyd, OnFailure otherwise) {
  ForgedSenderSettings settings;
  settings.rule.on_failure = otherwise;
  if (auto table = policyd.optional_table("forged_senders")) {
    settings.rule = read_rule_settings(*table, otherwise);
    settings.enabled = table->flag("enabled", settings.enabled);
    settings.networks =
        networks_of(*table, "trusted_networks", table->texts("trusted_networks", {kLoopback}));
  }
  return settings;
}

RowRuleSettings read_row_rule(daemon::ConfigFile::Table& policyd, std::string_view name, OnFailure otherwise,
                              bool has_policy_table) {
  RowRuleSettings settings;
  settings.enabled = has_policy_table;
  settings.rule.on_failure = otherwise;
  if (auto table = policyd.optional_table(name)) {
    settings.rule = read_rule_settings(*table, otherwise);
    settings.enabled = table->flag("enabled", settings.enabled);
    if (settings.enabled && !has_policy_table)
      table->complain("enabled", "needs policy_table = true in [policyd]");
  }
  return settings;
}

}  // namespace extmail::policyd
