// SPDX-License-Identifier: MIT
#pragma once

#include "daemon/config_file.hpp"

#include <cstdint>
#include <string_view>

namespace extmail::policyd {

/// What is done where a rule can't tell: its rows or the state can't be had.
enum class OnFailure : std::uint8_t {
  Dunno,   ///< the rule is passed over: mail goes on
  Defer,   ///< the client is to come again
  Reject,  ///< the mail is refused for good
};

/// What every rule's table in the configuration has.
struct RuleSettings {
  OnFailure on_failure = OnFailure::Dunno;
  bool is_log_only = false;  ///< mode = "log": what the rule would have done is logged and counted, not done

  bool operator==(const RuleSettings&) const = default;
};

/// Reads `on_failure` (dunno, defer, reject; else what [policyd] itself says) and `mode` (enforce, log).
[[nodiscard]] RuleSettings read_rule_settings(daemon::ConfigFile::Table& rule, OnFailure otherwise);

[[nodiscard]] OnFailure read_on_failure(daemon::ConfigFile::Table& table, OnFailure otherwise);

/// As the configuration has it.
[[nodiscard]] std::string_view name_of(OnFailure on_failure);

}  // namespace extmail::policyd
