// SPDX-License-Identifier: MIT
#include "policyd/limits/limit_subject.hpp"

#include "core/address.hpp"
#include "core/policy_entry.hpp"
#include "core/printable.hpp"
#include "policyd/state/state_key.hpp"

#include <utility>

namespace extmail::policyd {
namespace {

constexpr std::string_view kKind = "limit";
constexpr std::size_t kMaxShownBytes = 64;

LimitSubject of_domain(const std::string& domain) {
  return {domain, {'@' + domain, "*"}, false};
}

LimitSubject of_address(const Address& address, std::string_view delimiters) {
  const std::string name = split_extension(address.local, delimiters).base + '@' + address.domain;
  return {name, {name, '@' + address.domain, "*"}, false};
}

std::optional<LimitSubject> of_login(const Facts& facts) {
  if (!facts.is_authenticated()) return std::nullopt;
  if (facts.login()) return of_address(*facts.login(), "");
  return LimitSubject{key_part(facts.login_name()), {"*"}, false};
}

std::optional<LimitSubject> of_recipient(std::optional<LimitSubject> subject) {
  if (subject) subject->is_of_recipient = true;
  return subject;
}

/// What an entry says of the limit.
struct Word {
  enum class Kind : std::uint8_t { OfAnother, Bound, Unbound, Nonsense };
  Kind kind = Kind::OfAnother;
  std::uint64_t most = 0;
};

Word word_of(std::string_view value, const Limit& limit) {
  const auto entry = parse_limit_entry(value);
  if (!entry) return {Word::Kind::Nonsense};
  if (!entry->limit.empty() && entry->limit != limit.name) return {};
  return entry->most ? Word{Word::Kind::Bound, *entry->most} : Word{Word::Kind::Unbound};
}

/// Reads a subject's entries until one says something of the limit: whether one did.
bool read_entries(const PolicyRecord& policy, const std::string& subject, const Limit& limit,
                  Allowance& allowance) {
  for (const auto& entry : policy.entries) {
    if (entry.kind != kKind) continue;
    const Word word = word_of(entry.value, limit);
    if (word.kind == Word::Kind::Nonsense) {
      allowance.fault =
          "extmail_policy: a limit of " + log_value(subject) + " is \"" +
          printable(entry.value, kMaxShownBytes) +
          "\", not NAME=NUMBER, NAME=unlimited or exempt; it counts for nothing, correct the row";
      continue;
    }
    if (word.kind == Word::Kind::OfAnother) continue;
    allowance.most = word.kind == Word::Kind::Bound ? std::optional(word.most) : std::nullopt;
    return true;
  }
  return false;
}

}  // namespace

std::optional<LimitSubject> subject_of(const Limit& limit, const Facts& facts, std::string_view delimiters) {
  if (!limit.exempt_networks.is_empty() && limit.exempt_networks.contains(facts.client()))
    return std::nullopt;
  switch (limit.per) {
    case Limit::Per::SaslUsername:
      return of_login(facts);
    case Limit::Per::SaslDomain:
      if (!facts.is_authenticated() || !facts.login()) return std::nullopt;
      return of_domain(facts.login()->domain);
    case Limit::Per::Sender:
      if (!facts.sender()) return std::nullopt;
      return of_address(*facts.sender(), delimiters);
    case Limit::Per::SenderDomain:
      if (!facts.sender()) return std::nullopt;
      return of_domain(facts.sender()->domain);
    case Limit::Per::Recipient:
      if (!facts.recipient()) return std::nullopt;
      return of_recipient(of_address(*facts.recipient(), delimiters));
    case Limit::Per::RecipientDomain:
      if (!facts.recipient()) return std::nullopt;
      return of_recipient(of_domain(facts.recipient()->domain));
    case Limit::Per::ClientNetwork:
      break;
  }
  if (!facts.client()) return std::nullopt;
  return LimitSubject{client_network(*facts.client(), limit.prefixes), {"*"}, false};
}

Answer<Allowance> allowance_of(const Limit& limit, const LimitSubject& subject,
                               const PolicyDirectory& policies) {
  // All are asked for before any is read, so that those which are missing are fetched at one go.
  std::vector<Answer<PolicyRecord>> found;
  found.reserve(subject.policies.size());
  for (const auto& policy : subject.policies)
    found.push_back(policies.find_policy(policy, {}));
  Allowance allowance{limit.window.limit, ""};
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (found[i].is_not_found()) continue;
    if (found[i].is_failure()) return Answer<Allowance>::same_failure(found[i]);
    if (!found[i].value().fault.empty()) return Answer<Allowance>::temporary_failure(found[i].value().fault);
    if (read_entries(found[i].value(), subject.policies[i], limit, allowance)) break;
  }
  return Answer<Allowance>::found(std::move(allowance));
}

}  // namespace extmail::policyd
