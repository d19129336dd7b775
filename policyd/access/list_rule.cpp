// SPDX-License-Identifier: MIT
#include "policyd/access/list_rule.hpp"

#include "core/address_maps.hpp"
#include "core/network.hpp"
#include "core/printable.hpp"
#include "policyd/access/address_matcher.hpp"
#include "policyd/access/recipient_names.hpp"
#include "policyd/policy_subjects.hpp"

#include <optional>
#include <string>

namespace extmail::policyd {
namespace {

using Verdict = Answer<Judgement>;

struct Kind {
  std::string_view name;
  bool allows;
  bool is_of_client;
};
constexpr Kind kKinds[] = {{"allow-sender", true, false},
                           {"deny-sender", false, false},
                           {"allow-client", true, true},
                           {"deny-client", false, true}};

constexpr std::string_view kNullSender = "<>";
constexpr const char* kWantedSender = R"("user@domain", "@domain", "domain" or "<>")";
constexpr const char* kWantedClient = R"(a network such as "192.0.2.0/24")";

const Kind* kind_of(std::string_view name) {
  for (const auto& kind : kKinds) {
    if (kind.name == name) return &kind;
  }
  return nullptr;
}

/// Who sends.
class Source {
 public:
  Source(const Facts& facts, std::string_view delimiters)
      : facts_(facts), sender_(facts.sender(), delimiters) {}

  /// Empty for a row that names nobody.
  [[nodiscard]] std::optional<bool> is_meant_by(const Kind& kind, std::string_view row) const {
    if (kind.is_of_client) {
      const auto networks = NetworkList::parse(row);
      if (!networks.is_found() || networks.value().is_empty()) return std::nullopt;
      return !facts_.is_authenticated() && networks.value().contains(facts_.client());
    }
    if (row == kNullSender) return facts_.request().sender.empty();
    return sender_.is_meant_or_below(row);
  }

 private:
  const Facts& facts_;
  const AddressMatcher sender_;
};

Action refuse(const Kind& kind, std::string reason) {
  std::string text = "REJECT 5.7.1 this recipient takes no mail from ";
  return {text + (kind.is_of_client ? "your network" : "this sender"), std::move(reason)};
}

/// What one subject's rows say.
Verdict verdict_of(const SubjectEntries& policy, const Source& source) {
  constexpr std::size_t kMaxShownBytes = 256;
  if (!policy.entries.is_found()) return Verdict::same_failure(policy.entries);
  const PolicyRecord::Entry* denies = nullptr;
  const PolicyRecord::Entry* allows = nullptr;
  for (const auto& entry : policy.entries.value()) {
    const Kind* kind = kind_of(entry.kind);
    if (kind == nullptr) continue;
    const auto is_meant = source.is_meant_by(*kind, entry.value);
    if (!is_meant) {
      return Verdict::permanent_failure(
          bad_entry(policy.subject, entry, kind->is_of_client ? kWantedClient : kWantedSender));
    }
    const PolicyRecord::Entry*& first = kind->allows ? allows : denies;
    if (*is_meant && first == nullptr) first = &entry;
  }
  const PolicyRecord::Entry* decides = allows != nullptr ? allows : denies;
  if (decides == nullptr) return Verdict::not_found();
  std::string reason =
      printable(decides->kind + ' ' + decides->value + " of " + policy.subject, kMaxShownBytes);
  if (allows != nullptr) return Verdict::found(Exempt{std::move(reason)});
  return Verdict::found(refuse(*kind_of(decides->kind), std::move(reason)));
}

}  // namespace

Verdict ListRule::judge(const std::shared_ptr<const Facts>& facts, const Rows& rows) const {
  if (facts->stage() != Stage::Rcpt || !facts->recipient()) return Verdict::not_found();
  const std::string& delimiters = mail_->recipient_delimiter;
  const AddressMaps maps(rows.directory, clock_, *mail_);
  const auto& names = rows.names_of(*facts->recipient(), maps);
  if (!names.is_found()) return Verdict::same_failure(names);
  std::optional<Source> source;
  for (const auto& policy : rows.entries_of(names.value(), delimiters)) {
    if (policy.says_nothing()) continue;
    if (!source) source.emplace(*facts, delimiters);
    auto verdict = verdict_of(policy, *source);
    if (!verdict.is_not_found()) return verdict;
  }
  return Verdict::not_found();
}

}  // namespace extmail::policyd
