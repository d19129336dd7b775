// SPDX-License-Identifier: MIT
#include "core/address_maps.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace extmail {
namespace {

/// How many addresses one question about ownership follows. Lists that large have no single owner to ask about.
constexpr std::size_t kMaxFollowed = 100;

std::string join(const std::vector<std::string>& parts) {
  std::string joined;
  for (const auto& part : parts) {
    if (!joined.empty()) joined += ',';
    joined += part;
  }
  return joined;
}

/// What an alias's target means for the address that matched it: `@other` keeps the user, a bare user stays
/// in the alias's own domain (ExtMan accepts one), and a stripped extension is put back.
std::string resolve_target(const std::string& target, const Address& matched, const std::string& extension) {
  const std::size_t at = target.rfind('@');
  if (at == 0) return quote_local(matched.written + extension) + target;
  const std::string stored = target.substr(0, at);
  const std::string local = quote_local(unquote_local(stored).value_or(stored) + extension);
  return local + (at == std::string::npos ? '@' + matched.domain : target.substr(at));
}

std::vector<std::string> resolve_targets(const AliasRecord& alias, const Address& matched,
                                         const std::string& extension) {
  std::vector<std::string> resolved;
  resolved.reserve(alias.targets.size());
  for (const auto& target : alias.targets)
    resolved.push_back(resolve_target(target, matched, extension));
  return resolved;
}

/// Postfix reads the value as a list: a name with a separator in it would be two logins.
bool is_one_login(const std::string& username) {
  return username.find_first_of(", \t") == std::string::npos;
}

using Targets = Answer<std::vector<std::string>>;

}  // namespace

std::optional<AddressMaps::Stripped> AddressMaps::stripped(const Address& address) const {
  const auto split = split_extension(address.local, rules_.recipient_delimiter);
  if (split.extension.empty()) return std::nullopt;
  // Folding changes no length, so the cut is at the same place in what was written.
  const std::size_t cut = split.base.size();
  return Stripped{{std::string(split.base), address.domain, address.written.substr(0, cut)},
                  address.written.substr(cut)};
}

Answer<MailboxRecord> AddressMaps::find_mailbox(const Address& address, Deadline deadline) const {
  return find_mailbox(address.text(), address, deadline);
}

/// text is the address'.
Answer<MailboxRecord> AddressMaps::find_mailbox(const std::string& text, const Address& address,
                                                Deadline deadline) const {
  auto mailbox = directory_.find_mailbox(text, deadline);
  if (!mailbox.is_not_found()) return mailbox;
  const auto base = stripped(address);
  return base ? directory_.find_mailbox(base->address.text(), deadline) : mailbox;
}

Targets AddressMaps::alias_targets(const Address& address, Deadline deadline) const {
  auto targets = alias_rows(address, deadline);
  if (!targets.is_found()) return targets;
  const auto domain = directory_.find_domain(address.domain, deadline);
  if (domain.is_failure()) return Targets::same_failure(domain);
  if (domain.is_found() && !is_ours(domain.value(), rules_.access, clock_.today()))
    return Targets::not_found();
  return targets;
}

Targets AddressMaps::alias_row(const std::string& key, const Address& matched, const std::string& extension,
                               Deadline deadline) const {
  const auto alias = directory_.find_alias(key, deadline);
  if (!alias.is_found()) return Targets::same_failure(alias);
  if (!alias.value().active || alias.value().targets.empty()) return Targets::not_found();
  return Targets::found(resolve_targets(alias.value(), matched, extension));
}

Targets AddressMaps::alias_rows(const Address& address, Deadline deadline) const {
  const std::string text = address.text();
  auto targets = alias_row(text, address, {}, deadline);
  if (!targets.is_not_found()) return targets;
  if (const auto base = stripped(address)) {
    targets = alias_row(base->address.text(), base->address, base->extension, deadline);
    if (!targets.is_not_found()) return targets;
  }
  const auto mailbox = find_mailbox(text, address, deadline);
  if (mailbox.is_failure()) return Targets::same_failure(mailbox);
  if (mailbox.is_found()) return Targets::not_found();
  return alias_row(join_address({}, address.domain), address, {}, deadline);
}

Answer<std::string> AddressMaps::virtual_mailbox_domains(std::string_view key, Deadline deadline) const {
  const auto name = parse_domain(key);
  if (!name) return Answer<std::string>::not_found();
  const auto domain = directory_.find_domain(*name, deadline);
  if (!domain.is_found()) return Answer<std::string>::same_failure(domain);
  const bool is_virtual =
      is_ours(domain.value(), rules_.access, clock_.today()) && !is_relayed(domain.value());
  return is_virtual ? Answer<std::string>::found(domain.value().name) : Answer<std::string>::not_found();
}

Answer<std::string> AddressMaps::virtual_mailbox_maps(std::string_view key, Deadline deadline) const {
  const auto address = parse_address(key);
  if (!address) return Answer<std::string>::not_found();
  const auto mailbox = find_mailbox(*address, deadline);
  if (!mailbox.is_found()) return Answer<std::string>::same_failure(mailbox);
  const MailboxRecord& row = mailbox.value();
  if (may_receive(row, rules_.access, clock_.today()) != Access::Allowed)
    return Answer<std::string>::not_found();
  return Answer<std::string>::found(row.maildir.empty() ? row.username : row.maildir);
}

Answer<std::string> AddressMaps::virtual_alias_maps(std::string_view key, Deadline deadline) const {
  const auto address = parse_address(key);
  if (!address) return Answer<std::string>::not_found();
  const auto targets = alias_targets(*address, deadline);
  if (!targets.is_found()) return Answer<std::string>::same_failure(targets);
  return Answer<std::string>::found(join(targets.value()));
}

Answer<std::string> AddressMaps::refuse(const Address& address, Access access, std::string_view code,
                                        std::string_view consequence, Deadline deadline) const {
  if (access == Access::Allowed || access == Access::DomainNotOurs) return Answer<std::string>::not_found();
  const auto targets = alias_targets(address, deadline);
  if (targets.is_found()) return Answer<std::string>::not_found();
  if (targets.is_failure()) return Answer<std::string>::same_failure(targets);
  std::string text(code);
  text += describe(access);
  return Answer<std::string>::found(text += consequence);
}

Answer<std::string> AddressMaps::recipient_access(std::string_view key, Deadline deadline) const {
  const auto address = parse_address(key);
  return address ? recipient_access(*address, deadline) : Answer<std::string>::not_found();
}

Answer<std::string> AddressMaps::recipient_access(const Address& address, Deadline deadline) const {
  const auto mailbox = find_mailbox(address, deadline);
  if (!mailbox.is_found()) return Answer<std::string>::same_failure(mailbox);
  const Access access = may_receive(mailbox.value(), rules_.access, clock_.today());
  return refuse(address, access, "550 5.2.1 ", ", it does not accept mail", deadline);
}

Answer<std::string> AddressMaps::sender_access(std::string_view key, Deadline deadline) const {
  const auto address = parse_address(key);
  if (!address) return Answer<std::string>::not_found();
  const auto mailbox = find_mailbox(*address, deadline);
  if (!mailbox.is_found()) return Answer<std::string>::same_failure(mailbox);
  const Access access = may_log_in(mailbox.value(), "submission", rules_.access, clock_.today());
  return refuse(*address, access, "550 5.7.1 ", ", it may not send mail", deadline);
}

Answer<AddressMaps::Owners> AddressMaps::owners(const Address& address, Deadline deadline) const {
  using Found = Answer<Owners>;
  Owners owners;
  std::vector<Address> pending{address};
  std::set<std::string> seen{address.text()};
  std::size_t own = 0;
  while (!pending.empty()) {
    const Address current = std::move(pending.back());
    pending.pop_back();
    const auto mailbox = find_mailbox(current, deadline);
    if (mailbox.is_failure()) return Found::same_failure(mailbox);
    if (mailbox.is_found() && is_one_login(mailbox.value().username))
      owners.logins.push_back(mailbox.value().username);
    if (seen.size() == 1) own = owners.logins.size();

    const auto targets = alias_targets(current, deadline);
    if (targets.is_failure()) return Found::same_failure(targets);
    if (!targets.is_found()) continue;
    for (const auto& target : targets.value()) {
      auto further = parse_address(target);
      if (!further || !seen.insert(further->text()).second) continue;
      if (seen.size() > kMaxFollowed) {
        owners.logins.resize(own);
        owners.is_complete = false;
        return Found::found(std::move(owners));
      }
      pending.push_back(std::move(*further));
    }
  }
  return Found::found(std::move(owners));
}

Answer<std::string> AddressMaps::smtpd_sender_login_maps(std::string_view key, Deadline deadline) const {
  const auto address = parse_address(key);
  if (!address) return Answer<std::string>::not_found();
  const auto found = owners(*address, deadline);
  if (!found.is_found()) return Answer<std::string>::same_failure(found);
  if (!found.value().is_complete) {
    return Answer<std::string>::permanent_failure(address->text() + " leads to more than " +
                                                  std::to_string(kMaxFollowed) +
                                                  " addresses, too many to say who may send as it");
  }
  if (found.value().logins.empty()) return Answer<std::string>::not_found();
  return Answer<std::string>::found(join(found.value().logins));
}

Answer<bool> AddressMaps::may_send_as(std::string_view login, const Address& address,
                                      Deadline deadline) const {
  const auto found = owners(address, deadline);
  if (!found.is_found()) return Answer<bool>::same_failure(found);
  const auto& logins = found.value().logins;
  return Answer<bool>::found(std::any_of(logins.begin(), logins.end(),
                                         [&](const std::string& owner) { return same_key(owner, login); }));
}

}  // namespace extmail
