// SPDX-License-Identifier: MIT
#pragma once

#include "cache/store.hpp"
#include "core/mail_rules.hpp"
#include "daemon/shared_settings.hpp"
#include "mysql/settings.hpp"
#include "net/server.hpp"
#include "policyd/access/access_settings.hpp"
#include "policyd/containment/containment_settings.hpp"
#include "policyd/decisions/decision_settings.hpp"
#include "policyd/greylist/greylist_settings.hpp"
#include "policyd/limits/limit_settings.hpp"
#include "policyd/quota/quota_settings.hpp"
#include "policyd/rule_settings.hpp"
#include "policyd/state/state_settings.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace extmail::policyd {

/// What extmail.toml says for extmail-policyd.
struct Config {
  std::shared_ptr<const MailRules> mail;
  std::shared_ptr<const mysql::Settings> database;
  bool has_policy_table = false;  ///< sql/policy_extensions.sql is loaded, and to be read
  cache::Store::Settings cache;
  std::string snapshot;  ///< a file; empty for none
  net::Server::Settings server;
  std::vector<daemon::ListenSettings> listeners;
  std::optional<net::Listener> metrics;
  RuleSettings accounts;
  RowRuleSettings lists;
  ForgedSenderSettings forged_senders;
  SenderSettings senders;
  RowRuleSettings closed_groups;
  RowRuleSettings inside_only;
  QuotaSettings quota;
  GreylistSettings greylist;
  ContainmentSettings containment;
  LimitsSettings limits;
  StateSettings state;
  DecisionSettings decisions;

  /// Whether a rule remembers anything.
  [[nodiscard]] bool needs_state() const {
    return greylist.enabled || containment.enabled || limits.enabled();
  }
};

/// Errors: throws daemon::ConfigError with all that is wrong.
[[nodiscard]] Config read_config(const std::string& path);

}  // namespace extmail::policyd
