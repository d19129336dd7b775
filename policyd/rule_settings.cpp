// SPDX-License-Identifier: MIT
#include "policyd/rule_settings.hpp"

namespace extmail::policyd {

std::string_view name_of(OnFailure on_failure) {
  switch (on_failure) {
    case OnFailure::Defer:
      return "defer";
    case OnFailure::Reject:
      return "reject";
    case OnFailure::Dunno:
      break;
  }
  return "dunno";
}

OnFailure read_on_failure(daemon::ConfigFile::Table& table, OnFailure otherwise) {
  const auto chosen = table.choice("on_failure", {"dunno", "defer", "reject"}, name_of(otherwise));
  if (chosen == "defer") return OnFailure::Defer;
  return chosen == "reject" ? OnFailure::Reject : OnFailure::Dunno;
}

RuleSettings read_rule_settings(daemon::ConfigFile::Table& rule, OnFailure otherwise) {
  return {.on_failure = read_on_failure(rule, otherwise),
          .is_log_only = rule.choice("mode", {"enforce", "log"}, "enforce") == "log"};
}

}  // namespace extmail::policyd
