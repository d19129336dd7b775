// SPDX-License-Identifier: MIT
#include "policyd/limits/limit_subject.hpp"

#include "core/address.hpp"
#include "core/printable.hpp"
#include "policyd/state/state_key.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace extmail::policyd {
namespace {

constexpr std::string_view kKind = "limit";
constexpr std::string_view kExempt = "exempt";
constexpr std::string_view kUnlimited = "unlimited";
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
  enum class Kind : std::uint8_t { OfAnother, OfNone, Bound, Unbound, Nonsense };
  Kind kind = Kind::OfAnother;
  std::uint64_t most = 0;
};

Word word_of(std::string_view value, const Limit& limit, const std::vector<Limit>& all) {
  if (value == kExempt) return {Word::Kind::Unbound};
  const std::size_t equals = value.find('=');
  if (equals == std::string_view::npos) return {Word::Kind::Nonsense};
  const std::string_view text = value.substr(equals + 1);
  std::uint64_t most = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), most);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  if (!is_number && text != kUnlimited) return {Word::Kind::Nonsense};
  const std::string_view name = value.substr(0, equals);
  if (name != limit.name) {
    const bool is_one =
        std::any_of(all.begin(), all.end(), [&](const Limit& other) { return other.name == name; });
    return {is_one ? Word::Kind::OfAnother : Word::Kind::OfNone};
  }
  return is_number ? Word{Word::Kind::Bound, most} : Word{Word::Kind::Unbound};
}

/// Reads a subject's entries until one says something of the limit: whether one did.
bool read_entries(const PolicyRecord& policy, const std::string& subject, const Limit& limit,
                  const std::vector<Limit>& all, Allowance& allowance) {
  for (const auto& entry : policy.entries) {
    if (entry.kind != kKind) continue;
    const Word word = word_of(entry.value, limit, all);
    if (word.kind == Word::Kind::Nonsense) {
      allowance.fault =
          "extmail_policy: a limit of " + log_value(subject) + " is \"" +
          printable(entry.value, kMaxShownBytes) +
          "\", not NAME=NUMBER, NAME=unlimited or exempt; it counts for nothing, correct the row";
      continue;
    }
    if (word.kind == Word::Kind::OfNone) {
      allowance.nameless.push_back("extmail_policy: a limit of " + log_value(subject) + " is \"" +
                                   printable(entry.value, kMaxShownBytes) +
                                   "\", but no [[policyd.limit]] has that name; correct the row");
    }
    if (word.kind == Word::Kind::OfAnother || word.kind == Word::Kind::OfNone) continue;
    allowance.from = subject;
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

std::string limit_key(const Limit& limit, const Window& window, const LimitSubject& subject) {
  return state_key({"limit", limit.name, std::to_string(window.period.count()), subject.name});
}

Answer<Allowance> allowance_of(const Limit& limit, const LimitSubject& subject, const std::vector<Limit>& all,
                               const PolicyDirectory& policies) {
  // All are asked for before any is read, so that those which are missing are fetched at one go.
  std::vector<Answer<PolicyRecord>> found;
  found.reserve(subject.policies.size());
  for (const auto& policy : subject.policies)
    found.push_back(policies.find_policy(policy, {}));
  Allowance allowance{limit.window.limit, {}, {}, {}};
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (found[i].is_not_found()) continue;
    if (found[i].is_failure()) return Answer<Allowance>::same_failure(found[i]);
    if (!found[i].value().fault.empty()) return Answer<Allowance>::temporary_failure(found[i].value().fault);
    if (read_entries(found[i].value(), subject.policies[i], limit, all, allowance)) break;
  }
  return Answer<Allowance>::found(std::move(allowance));
}

}  // namespace extmail::policyd
