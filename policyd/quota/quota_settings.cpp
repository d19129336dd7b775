// SPDX-License-Identifier: MIT
#include "policyd/quota/quota_settings.hpp"

namespace extmail::policyd {

QuotaSettings read_quota(daemon::ConfigFile::Table& policyd, OnFailure otherwise) {
  QuotaSettings settings;
  settings.rule.on_failure = otherwise;
  if (auto table = policyd.optional_table("quota")) {
    settings.rule = read_rule_settings(*table, otherwise);
    settings.enabled = table->flag("enabled", settings.enabled);
    settings.usage = table->choice("usage", {"maildirsize", "table"}, "maildirsize") == "table"
                         ? QuotaSettings::Usage::Table
                         : QuotaSettings::Usage::MaildirSize;
    settings.defers = table->choice("when_full", {"reject", "defer"}, "reject") == "defer";
    settings.grace_percent = static_cast<std::uint64_t>(
        table->integer("grace_percent", static_cast<std::int64_t>(settings.grace_percent), 0, 100));
  }
  return settings;
}

}  // namespace extmail::policyd
