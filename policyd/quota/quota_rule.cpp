// SPDX-License-Identifier: MIT
#include "policyd/quota/quota_rule.hpp"

#include "core/printable.hpp"
#include "core/quota.hpp"
#include "policyd/quota/destinations.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace extmail::policyd {
namespace {

using Verdict = Answer<Judgement>;
using Decision = Answer<Action>;

constexpr std::uint64_t kPercent = 100;

/// A mailbox that may get full.
struct Bounded {
  MailboxRecord mailbox;
  Quota quota;
};

/// Whether more fits where used is of limit; a limit of 0 is none.
bool fits(std::uint64_t used, std::uint64_t more, std::uint64_t limit, std::uint64_t grace_percent) {
  if (limit == 0) return true;
  if (used >= limit) return false;
  const std::uint64_t grace = limit / kPercent * grace_percent + limit % kPercent * grace_percent / kPercent;
  const std::uint64_t room = limit - used;
  return more <= room || more - room <= grace;
}

bool has_room(const Usage& usage, const Quota& quota, std::uint64_t size, std::uint64_t grace_percent) {
  return fits(usage.bytes, size, quota.bytes.value_or(0), grace_percent) &&
         fits(usage.messages, 1, quota.messages.value_or(0), 0);
}

bool is_unlimited(const Quota& quota) {
  return quota.bytes.value_or(0) == 0 && quota.messages.value_or(0) == 0;
}

std::string describe(const Bounded& one, const Usage& usage, std::uint64_t size) {
  const auto of = [](std::uint64_t used, const std::optional<std::uint64_t>& limit, const char* unit) {
    const std::string what = std::to_string(used);
    return limit.value_or(0) == 0 ? what + ' ' + unit : what + " of " + std::to_string(*limit) + ' ' + unit;
  };
  return log_value(one.mailbox.username) + " holds " + of(usage.bytes, one.quota.bytes, "bytes") + ", " +
         of(usage.messages, one.quota.messages, "messages") + "; the message has " + std::to_string(size);
}

Action refuse(bool defers, std::string reason) {
  return {defers ? "452 4.2.2 the mailbox is full, please try again later" : "552 5.2.2 the mailbox is full",
          std::move(reason)};
}

/// Found where all are full.
Decision weigh(const std::vector<Bounded>& all, const MailUsage& source, std::uint64_t size,
               const QuotaSettings& settings) {
  std::string reason;
  auto failure = Decision::not_found();
  for (const auto& one : all) {
    const auto usage = source.find_usage(one.mailbox);
    if (usage.is_failure()) {
      failure = Decision::same_failure(usage);
      // Who is asked is away: to ask for a hundred more would take a hundred times as long.
      if (failure.outcome() == Outcome::TemporaryFailure) return failure;
      continue;
    }
    if (usage.is_not_found() || has_room(usage.value(), one.quota, size, settings.grace_percent))
      return Decision::not_found();
    if (reason.empty()) reason = describe(one, usage.value(), size);
  }
  if (failure.is_failure()) return failure;
  if (all.size() > 1) reason += "; mailboxes of the alias, all full: " + std::to_string(all.size());
  return Decision::found(refuse(settings.defers, std::move(reason)));
}

/// The mailboxes that mail would go to, if it goes to nobody else and each may get full; else none.
Answer<std::vector<Bounded>> find_bounded(const Address& recipient, const Directory& directory,
                                          const Clock& clock, const MailRules& mail) {
  using Found = Answer<std::vector<Bounded>>;
  const auto destinations = find_destinations(recipient, directory, clock, mail);
  if (!destinations.is_found()) return Found::same_failure(destinations);
  if (destinations.value().lead_elsewhere) return Found::not_found();
  std::vector<Bounded> all;
  for (const auto& mailbox : destinations.value().mailboxes) {
    const Quota quota = parse_quota(mailbox.quota);
    if (is_unlimited(quota)) return Found::not_found();
    all.push_back({mailbox, quota});
  }
  return all.empty() ? Found::not_found() : Found::found(std::move(all));
}

}  // namespace

QuotaRule::QuotaRule(std::shared_ptr<const MailRules> mail, std::shared_ptr<const MailUsage> usage,
                     net::Workers& workers, const Clock& clock, QuotaSettings settings)
    : mail_(std::move(mail)),
      usage_(std::move(usage)),
      workers_(workers),
      clock_(clock),
      settings_(settings) {}

Verdict QuotaRule::judge(const std::shared_ptr<const Facts>& facts, const Rows& rows) const {
  const bool is_asked = facts->stage() == Stage::Rcpt || facts->stage() == Stage::EndOfMessage;
  if (!settings_.enabled || !is_asked || !facts->recipient()) return Verdict::not_found();
  auto all = find_bounded(*facts->recipient(), rows.directory, clock_, *mail_);
  if (!all.is_found()) return Verdict::same_failure(all);

  const auto shared = std::make_shared<const std::vector<Bounded>>(std::move(all).value());
  return Verdict::found(Step([shared, usage = usage_, size = facts->size(), settings = settings_,
                              workers = &workers_](const std::function<void(Decision)>& done) {
    const bool is_accepted = workers->submit(
        [shared, usage, size, settings, done] { done(weigh(*shared, *usage, size, settings)); });
    if (!is_accepted) done(Decision::temporary_failure("too much waits for what mailboxes hold"));
  }));
}

}  // namespace extmail::policyd
