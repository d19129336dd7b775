// SPDX-License-Identifier: MIT
#include "policyd/access/closed_group_rule.hpp"

#include "core/address_maps.hpp"
#include "core/printable.hpp"
#include "policyd/access/address_matcher.hpp"
#include "policyd/access/list_members.hpp"
#include "policyd/access/recipient_names.hpp"
#include "policyd/policy_subjects.hpp"

#include <optional>
#include <string>
#include <vector>

namespace extmail::policyd {
namespace {

using Verdict = Answer<Judgement>;

constexpr std::string_view kAccess = "list-access";
constexpr std::string_view kSender = "list-sender";

bool is_about_lists(const PolicyRecord::Entry& entry) {
  return entry.kind == kAccess || entry.kind == kSender;
}

/// Who writes to a list.
class Writer {
 public:
  Writer(const Facts& facts, std::string_view delimiters, const AddressMaps& maps)
      : address_(facts.is_authenticated() ? facts.login() : facts.sender()),
        matcher_(address_, delimiters),
        maps_(maps) {}

  /// Whether the row lets the writer through; a failure if it means nothing, or rows can't be had.
  [[nodiscard]] Answer<bool> may_by(const PolicyRecord::Entry& entry, const std::string& subject,
                                    const Address& list) const {
    using May = Answer<bool>;
    const std::string& value = entry.value;
    if (entry.kind == kSender) {
      const auto is_meant = matcher_.is_meant_by(value);
      if (is_meant) return May::found(*is_meant);
      return May::permanent_failure(bad_entry(subject, entry, R"("user@domain" or "@domain")"));
    }
    if (same_key(value, "everyone")) return May::found(true);
    if (same_key(value, "senders")) return May::found(false);
    if (same_key(value, "domain")) return May::found(matcher_.is_meant_by('@' + list.domain).value_or(false));
    if (same_key(value, "members")) return address_ ? has_member(list, matcher_, maps_) : May::found(false);
    return May::permanent_failure(bad_entry(subject, entry, "everyone, domain, members or senders"));
  }

 private:
  const std::optional<Address>& address_;
  const AddressMatcher matcher_;
  const AddressMaps& maps_;
};

/// What the rows of one subject say. NotFound where there are none about lists.
Answer<bool> may_write(const SubjectEntries& policy, const Writer& writer, const Address& list) {
  using May = Answer<bool>;
  if (!policy.entries.is_found()) return May::same_failure(policy.entries);
  auto may = May::not_found();
  for (const auto& entry : policy.entries.value()) {
    if (!is_about_lists(entry)) continue;
    auto by_entry = writer.may_by(entry, policy.subject, list);
    if (by_entry.is_found() && by_entry.value()) return by_entry;
    if (!may.is_failure()) may = std::move(by_entry);
  }
  return may;
}

Action refuse(const std::string& subject) {
  constexpr std::size_t kMaxShownBytes = 256;
  return {"REJECT 5.7.2 you may not write to this list",
          "list-access or list-sender of " + printable(subject, kMaxShownBytes)};
}

}  // namespace

Verdict ClosedGroupRule::judge(const std::shared_ptr<const Facts>& facts, const Rows& rows) const {
  if (facts->stage() != Stage::Rcpt || !facts->recipient()) return Verdict::not_found();
  const std::string& delimiters = mail_->recipient_delimiter;
  const AddressMaps maps(rows.directory, clock_, *mail_);
  const auto& names = rows.names_of(*facts->recipient(), maps);
  if (!names.is_found()) return Verdict::same_failure(names);
  std::optional<Writer> writer;
  for (const auto& list : names.value()) {
    for (const auto& policy : rows.entries_of({&list, 1}, delimiters)) {
      if (!is_address(policy.subject)) break;
      if (policy.says_nothing()) continue;
      if (!writer) writer.emplace(*facts, delimiters, maps);
      const auto may = may_write(policy, *writer, list);
      if (may.is_failure()) return Verdict::same_failure(may);
      if (may.is_not_found()) continue;
      return may.value() ? Verdict::not_found() : Verdict::found(refuse(policy.subject));
    }
  }
  return Verdict::not_found();
}

}  // namespace extmail::policyd
