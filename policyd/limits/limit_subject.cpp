// SPDX-License-Identifier: MIT
#include "policyd/limits/limit_subject.hpp"

#include "core/address.hpp"
#include "core/printable.hpp"
#include "policyd/state/state_key.hpp"

#include <charconv>
#include <utility>

namespace extmail::policyd {
namespace {

using Allowance = Answer<std::optional<std::uint64_t>>;

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

/// What an entry says of the limit; empty where it is about another.
struct Word {
  std::optional<std::uint64_t> allowance;
};
Answer<std::optional<Word>> word_of(std::string_view value, const Limit& limit) {
  using Said = Answer<std::optional<Word>>;
  if (value == kExempt) return Said::found(Word{});
  const std::size_t equals = value.find('=');
  if (equals != std::string_view::npos) {
    const std::string_view text = value.substr(equals + 1);
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_number = error == std::errc() && end == text.data() + text.size();
    if (is_number || text == kUnlimited) {
      if (value.substr(0, equals) != limit.name) return Said::found(std::nullopt);
      return Said::found(is_number ? Word{number} : Word{});
    }
  }
  return Said::permanent_failure("\"" + printable(value, kMaxShownBytes) +
                                 "\", not NAME=NUMBER, NAME=unlimited or exempt; correct the row");
}

Answer<std::optional<Word>> word_of(const Answer<PolicyRecord>& policy, const Limit& limit) {
  using Said = Answer<std::optional<Word>>;
  if (policy.is_not_found()) return Said::found(std::nullopt);
  if (policy.is_failure()) return Said::same_failure(policy);
  if (!policy.value().fault.empty()) return Said::temporary_failure(policy.value().fault);
  for (const auto& entry : policy.value().entries) {
    if (entry.kind != kKind) continue;
    auto word = word_of(entry.value, limit);
    if (word.is_failure() || word.value()) return word;
  }
  return Said::found(std::nullopt);
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

Allowance allowance_of(const Limit& limit, const LimitSubject& subject, const PolicyDirectory& policies) {
  // All are asked for before any is read, so that those which are missing are fetched at one go.
  std::vector<Answer<PolicyRecord>> found;
  found.reserve(subject.policies.size());
  for (const auto& policy : subject.policies)
    found.push_back(policies.find_policy(policy, {}));
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto word = word_of(found[i], limit);
    if (word.outcome() == Outcome::PermanentFailure) {
      return Allowance::permanent_failure("extmail_policy: a limit of " + log_value(subject.policies[i]) +
                                          " is " + word.reason());
    }
    if (!word.is_found()) return Allowance::same_failure(word);
    if (word.value()) return Allowance::found(word.value()->allowance);
  }
  return Allowance::found(limit.window.limit);
}

}  // namespace extmail::policyd
