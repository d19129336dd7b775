// SPDX-License-Identifier: MIT
#include "policyd/access/inside_only_rule.hpp"

#include "core/address_maps.hpp"
#include "core/printable.hpp"
#include "policyd/access/recipient_names.hpp"
#include "policyd/policy_subjects.hpp"

#include <optional>
#include <string>

namespace extmail::policyd {
namespace {

using Verdict = Answer<Judgement>;

constexpr std::string_view kKind = "inside-only";

/// Rows are in memory, or missing: nothing waits (Rows).
constexpr Deadline kNoWait{};

/// What the rows want of an address.
struct Confines {
  bool send = false;
  bool receive = false;
  std::string subject;  ///< who says so
};

bool add(Confines& confines, std::string_view value) {
  const bool both = same_key(value, "both");
  if (!both && !same_key(value, "send") && !same_key(value, "receive")) return same_key(value, "off");
  confines.send |= both || same_key(value, "send");
  confines.receive |= both || same_key(value, "receive");
  return true;
}

Answer<Confines> confines_of(const Address& address, std::string_view delimiters, const Rows& rows) {
  using Found = Answer<Confines>;
  for (const auto& policy : rows.entries_of({&address, 1}, delimiters)) {
    if (!policy.entries.is_found()) return Found::same_failure(policy.entries);
    Confines confines;
    for (const auto& entry : policy.entries.value()) {
      if (entry.kind != kKind) continue;
      if (!add(confines, entry.value))
        return Found::permanent_failure(bad_entry(policy.subject, entry, "send, receive, both or off"));
      confines.subject = policy.subject;
    }
    if (!confines.subject.empty()) return Found::found(std::move(confines));
  }
  return Found::found({});
}

Action refuse(std::string_view why, const std::string& subject) {
  constexpr std::size_t kMaxShownBytes = 256;
  return {"REJECT 5.7.1 " + std::string(why), "inside-only of " + printable(subject, kMaxShownBytes)};
}

}  // namespace

Verdict InsideOnlyRule::judge(const std::shared_ptr<const Facts>& facts, const Rows& rows) const {
  if (facts->stage() != Stage::Rcpt || !facts->recipient()) return Verdict::not_found();
  auto sending = judge_sending(*facts, rows);
  return sending.is_not_found() ? judge_receiving(*facts, rows) : sending;
}

Verdict InsideOnlyRule::judge_sending(const Facts& facts, const Rows& rows) const {
  const auto& sender = facts.is_authenticated() ? facts.login() : facts.sender();
  if (!sender) return Verdict::not_found();
  const auto confines = confines_of(*sender, mail_->recipient_delimiter, rows);
  if (!confines.is_found()) return Verdict::same_failure(confines);
  if (!confines.value().send) return Verdict::not_found();
  // `*` means users of ours; strangers are not confined by it.
  if (!facts.is_authenticated()) {
    const auto is_user = is_ours(sender->domain, rows.directory);
    if (!is_user.is_found()) return Verdict::same_failure(is_user);
    if (!is_user.value()) return Verdict::not_found();
  }
  const auto is_inside = is_ours(facts.recipient()->domain, rows.directory);
  if (!is_inside.is_found()) return Verdict::same_failure(is_inside);
  if (is_inside.value()) return Verdict::not_found();
  return Verdict::found(refuse("you may only send to users of this server", confines.value().subject));
}

Verdict InsideOnlyRule::judge_receiving(const Facts& facts, const Rows& rows) const {
  if (facts.is_authenticated()) return Verdict::not_found();
  const auto is_user =
      facts.sender() ? is_ours(facts.sender()->domain, rows.directory) : Answer<bool>::found(false);
  if (!is_user.is_found()) return Verdict::same_failure(is_user);
  if (is_user.value()) return Verdict::not_found();

  const AddressMaps maps(rows.directory, clock_, *mail_);
  const auto& names = rows.names_of(*facts.recipient(), maps);
  if (!names.is_found()) return Verdict::same_failure(names);
  for (const auto& name : names.value()) {
    const auto confines = confines_of(name, mail_->recipient_delimiter, rows);
    if (!confines.is_found()) return Verdict::same_failure(confines);
    if (!confines.value().receive) continue;
    return Verdict::found(
        refuse("this recipient takes mail from users of this server only", confines.value().subject));
  }
  return Verdict::not_found();
}

Answer<bool> InsideOnlyRule::is_ours(const std::string& domain, const Directory& directory) const {
  const AddressMaps maps(directory, clock_, *mail_);
  auto found = maps.virtual_mailbox_domains(domain, kNoWait);
  if (found.is_not_found()) found = maps.relay_domains(domain, kNoWait);
  if (found.is_failure()) return Answer<bool>::same_failure(found);
  return Answer<bool>::found(found.is_found());
}

}  // namespace extmail::policyd
