// SPDX-License-Identifier: MIT
#pragma once

#include "core/network.hpp"
#include "daemon/config_file.hpp"
#include "policyd/rule_settings.hpp"

#include <string_view>

/// What the tables of the rules in this folder say. All keys have defaults, and so have the tables; otherwise is what policyd
/// does on failure.
namespace extmail::policyd {

struct SenderSettings {
  bool enabled = false;
  RuleSettings rule;
  bool checks_ownership = true;
  bool allows_null_sender = true;
};

/// [policyd.senders]
[[nodiscard]] SenderSettings read_senders(daemon::ConfigFile::Table& policyd, OnFailure otherwise);

struct ForgedSenderSettings {
  bool enabled = false;
  RuleSettings rule;
  NetworkList networks;  ///< whose clients may send as users of ours
};

/// [policyd.forged_senders]
[[nodiscard]] ForgedSenderSettings read_forged_senders(daemon::ConfigFile::Table& policyd,
                                                       OnFailure otherwise);

/// Of a rule that does nothing but what rows of extmail_policy say.
struct RowRuleSettings {
  bool enabled = false;
  RuleSettings rule;
};

/// [policyd.lists], [policyd.closed_groups] or [policyd.inside_only], by name: enabled, unless the table says otherwise,
/// wherever extmail_policy is read.
[[nodiscard]] RowRuleSettings read_row_rule(daemon::ConfigFile::Table& policyd, std::string_view name,
                                            OnFailure otherwise, bool has_policy_table);

}  // namespace extmail::policyd
