// SPDX-License-Identifier: MIT
#include "policyd/access/sender_rule.hpp"

#include "core/address_maps.hpp"
#include "core/printable.hpp"
#include "policyd/access/address_matcher.hpp"
#include "policyd/policy_subjects.hpp"

#include <optional>
#include <span>
#include <string>

namespace extmail::policyd {
namespace {

using Verdict = Answer<Judgement>;

constexpr std::string_view kKind = "send-as";
constexpr std::string_view kAnybody = "*";

/// Rows are in memory, or missing: nothing waits (Rows).
constexpr Deadline kNoWait{};

bool has_sender(Stage stage) {
  return stage == Stage::Mail || stage == Stage::Rcpt || stage == Stage::Data || stage == Stage::EndOfMessage;
}

Action refuse(const Facts& facts) {
  constexpr std::size_t kMaxShownBytes = 100;
  return {"REJECT 5.7.1 sender address not owned by user " + printable(facts.login_name(), kMaxShownBytes),
          "the login may not send as this address"};
}

}  // namespace

Verdict SenderRule::judge(const std::shared_ptr<const Facts>& facts, const Rows& rows) const {
  if (!facts->is_authenticated() || !has_sender(facts->stage())) return Verdict::not_found();
  if (facts->request().sender.empty()) {
    if (settings_.allows_null_sender) return Verdict::not_found();
    return Verdict::found(
        Action{"REJECT 5.7.1 users may not send with the null sender", "null sender of a login"});
  }
  if (!settings_.checks_ownership) return Verdict::not_found();
  const auto may = may_send(*facts, rows);
  if (!may.is_found()) return Verdict::same_failure(may);
  return may.value() ? Verdict::not_found() : Verdict::found(refuse(*facts));
}

Answer<bool> SenderRule::may_send(const Facts& facts, const Rows& rows) const {
  auto owns = Answer<bool>::found(false);
  if (facts.sender()) {
    const AddressMaps maps(rows.directory, clock_, *mail_);
    owns = maps.may_send_as(facts.login_name(), *facts.sender(), kNoWait);
    if (owns.is_found() && owns.value()) return owns;
  }
  // What is named holds whether or not the rows of the directory can be had.
  auto named = is_named(facts, rows);
  if (owns.is_failure() && named.is_found() && !named.value()) return owns;
  return named;
}

Answer<bool> SenderRule::is_named(const Facts& facts, const Rows& rows) const {
  const std::string& delimiters = mail_->recipient_delimiter;
  const AddressMatcher sender(facts.sender(), delimiters);
  const auto& login = facts.login();
  const auto names = login ? std::span(&*login, 1) : std::span<const Address>();
  auto unknown = Answer<bool>::found(false);
  for (const auto& policy : rows.entries_of(names, delimiters)) {
    if (!policy.entries.is_found()) {
      if (unknown.is_found()) unknown = Answer<bool>::same_failure(policy.entries);
      continue;
    }
    for (const auto& entry : policy.entries.value()) {
      if (entry.kind != kKind) continue;
      const auto is_meant = entry.value == kAnybody ? std::optional(true) : sender.is_meant_by(entry.value);
      if (is_meant.value_or(false)) return Answer<bool>::found(true);
      if (!is_meant && unknown.is_found()) {
        unknown = Answer<bool>::permanent_failure(
            bad_entry(policy.subject, entry, R"("user@domain", "@domain" or "*")"));
      }
    }
  }
  return unknown;
}

}  // namespace extmail::policyd
