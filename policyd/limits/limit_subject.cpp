// SPDX-License-Identifier: MIT
#include "policyd/limits/limit_subject.hpp"

#include "core/address.hpp"
#include "core/idn.hpp"
#include "core/policy_entry.hpp"
#include "core/printable.hpp"
#include "policyd/policy_subjects.hpp"
#include "policyd/state/state_key.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace extmail::policyd {
namespace {

constexpr std::string_view kKind = "limit";
constexpr std::size_t kMaxShownBytes = 64;

/// One form for both, so that nobody has two counts: the A-label.
std::string counted_domain(const std::string& domain) {
  if (is_ascii(domain)) return domain;
  return other_form(domain).value_or(domain);
}

std::string counted_address(const Address& address, std::string_view delimiters) {
  return join_address(split_extension(address.local, delimiters).base, counted_domain(address.domain));
}

Address whole_domain(const Address& name) {
  return {"", name.domain};
}

std::optional<LimitSubject> of_login(const Facts& facts) {
  if (!facts.is_authenticated()) return std::nullopt;
  if (facts.login()) return subject_of_address(*facts.login(), "");
  return LimitSubject{key_part(facts.login_name()), {}, {}, false};
}

/// What an entry says of the limit.
struct Word {
  enum class Kind : std::uint8_t { OfAnother, OfNone, Bound, Unbound, Nonsense };
  Kind kind = Kind::OfAnother;
  std::uint64_t most = 0;
};

Word word_of(std::string_view value, const Limit& limit, const std::vector<Limit>& all) {
  const auto entry = parse_limit_entry(value);
  if (!entry) return {Word::Kind::Nonsense};
  if (!entry->limit.empty() && entry->limit != limit.name) {
    const bool is_one =
        std::any_of(all.begin(), all.end(), [&](const Limit& other) { return other.name == entry->limit; });
    return {is_one ? Word::Kind::OfAnother : Word::Kind::OfNone};
  }
  return entry->most ? Word{Word::Kind::Bound, *entry->most} : Word{Word::Kind::Unbound};
}

/// Reads a subject's entries until one says something of the limit: whether one did.
bool read_entries(const SubjectEntries& policy, const Limit& limit, const std::vector<Limit>& all,
                  Allowance& allowance) {
  for (const auto& entry : policy.entries.value()) {
    if (entry.kind != kKind) continue;
    const Word word = word_of(entry.value, limit, all);
    if (word.kind == Word::Kind::Nonsense) {
      allowance.fault = bad_entry(policy.subject, entry, "NAME=NUMBER, NAME=unlimited or exempt");
      continue;
    }
    if (word.kind == Word::Kind::OfNone) {
      allowance.nameless.push_back("extmail_policy: limit of " + log_value(policy.subject) + " is \"" +
                                   printable(entry.value, kMaxShownBytes) +
                                   "\", but no [[policyd.limit]] has that name; correct the row");
    }
    if (word.kind == Word::Kind::OfAnother || word.kind == Word::Kind::OfNone) continue;
    allowance.from = policy.subject;
    allowance.most = word.kind == Word::Kind::Bound ? std::optional(word.most) : std::nullopt;
    return true;
  }
  return false;
}

}  // namespace

LimitSubject subject_of_address(const Address& address, std::string_view delimiters) {
  return {counted_address(address, delimiters), {address}, delimiters, false};
}

LimitSubject subject_of_domain(const std::string& domain) {
  return {counted_domain(domain), {whole_domain({"", domain})}, {}, false};
}

LimitSubject subject_of_recipient(const Limit& limit, const std::vector<Address>& names,
                                  std::string_view delimiters) {
  if (limit.per == Limit::Per::Recipient)
    return {counted_address(names.back(), delimiters), names, delimiters, true};
  std::vector<Address> domains;
  std::transform(names.begin(), names.end(), std::back_inserter(domains), whole_domain);
  return {counted_domain(names.back().domain), std::move(domains), {}, true};
}

LimitSubject subject_of_client(const Limit& limit, const IpAddress& client) {
  return {client_network(client, limit.prefixes), {}, {}, false};
}

bool is_of_recipients(const Limit& limit) {
  return limit.per == Limit::Per::Recipient || limit.per == Limit::Per::RecipientDomain;
}

std::optional<LimitSubject> subject_of(const Limit& limit, const Facts& facts,
                                       const std::vector<Address>& names, std::string_view delimiters) {
  if (!limit.exempt_networks.is_empty() && limit.exempt_networks.contains(facts.client()))
    return std::nullopt;
  switch (limit.per) {
    case Limit::Per::SaslUsername:
      return of_login(facts);
    case Limit::Per::SaslDomain:
      if (!facts.is_authenticated() || !facts.login()) return std::nullopt;
      return subject_of_domain(facts.login()->domain);
    case Limit::Per::Sender:
      if (!facts.sender()) return std::nullopt;
      return subject_of_address(*facts.sender(), delimiters);
    case Limit::Per::SenderDomain:
      if (!facts.sender()) return std::nullopt;
      return subject_of_domain(facts.sender()->domain);
    case Limit::Per::Recipient:
    case Limit::Per::RecipientDomain:
      if (names.empty()) return std::nullopt;
      return subject_of_recipient(limit, names, delimiters);
    case Limit::Per::ClientNetwork:
      break;
  }
  if (!facts.client()) return std::nullopt;
  return subject_of_client(limit, *facts.client());
}

std::string limit_key(std::string_view limit, const Window& window, std::string_view subject) {
  return state_key({"limit", limit, std::to_string(window.period.count()), subject});
}

Answer<Allowance> allowance_of(const Limit& limit, const LimitSubject& subject, const std::vector<Limit>& all,
                               const Rows& rows) {
  Allowance allowance{limit.window.limit, {}, {}, {}};
  for (const auto& policy : rows.entries_of(subject.names, subject.delimiters)) {
    if (!policy.entries.is_found()) return Answer<Allowance>::same_failure(policy.entries);
    if (read_entries(policy, limit, all, allowance)) break;
  }
  return Answer<Allowance>::found(std::move(allowance));
}

}  // namespace extmail::policyd
