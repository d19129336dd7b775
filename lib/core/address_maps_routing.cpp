// SPDX-License-Identifier: MIT
//
// The maps that say where mail goes and whose it is, rather than who it is for.
#include "core/address_maps.hpp"
#include "core/quota.hpp"
#include "core/transport.hpp"

#include <algorithm>

namespace extmail {

bool AddressMaps::is_relayed(const DomainRecord& domain) const {
  const auto& names = rules_.relay_transports;
  return std::find(names.begin(), names.end(), transport_name(stored_transport(domain.transport))) !=
         names.end();
}

Answer<DomainRecord> AddressMaps::find_routed_domain(std::string_view name, Deadline deadline) const {
  constexpr int kMaxParents = 16;
  auto domain = directory_.find_domain(name, deadline);
  if (rules_.relay_transports.empty()) return domain;
  for (int parents = 0; domain.is_not_found() && parents < kMaxParents; ++parents) {
    const std::size_t dot = name.find('.');
    if (dot == std::string_view::npos) break;
    name.remove_prefix(dot + 1);
    if (name.empty()) break;
    domain = directory_.find_domain(name, deadline);
    if (domain.is_found() && !is_relayed(domain.value())) return Answer<DomainRecord>::not_found();
  }
  return domain;
}

Answer<std::string> AddressMaps::relay_domains(std::string_view key, Deadline deadline) const {
  const auto name = parse_domain(key);
  if (!name || rules_.relay_transports.empty()) return Answer<std::string>::not_found();
  const auto domain = find_routed_domain(*name, deadline);
  if (!domain.is_found()) return Answer<std::string>::same_failure(domain);
  const bool relays = is_ours(domain.value(), rules_.access, clock_.today()) && is_relayed(domain.value());
  return relays ? Answer<std::string>::found(domain.value().name) : Answer<std::string>::not_found();
}

Answer<std::string> AddressMaps::relay_recipient_maps(std::string_view key, Deadline deadline) const {
  const auto address = parse_address(key);
  if (!address) return Answer<std::string>::not_found();
  const auto mailbox = find_mailbox(*address, deadline);
  if (!mailbox.is_found()) return Answer<std::string>::same_failure(mailbox);
  if (may_receive(mailbox.value(), rules_.access, clock_.today()) != Access::Allowed)
    return Answer<std::string>::not_found();
  return Answer<std::string>::found(mailbox.value().username);
}

Answer<std::string> AddressMaps::transport_maps(std::string_view key, Deadline deadline) const {
  const auto address = parse_address(key);
  if (!address) return Answer<std::string>::not_found();
  const auto domain = find_routed_domain(address->domain, deadline);
  if (!domain.is_found()) return Answer<std::string>::same_failure(domain);
  if (!is_ours(domain.value(), rules_.access, clock_.today())) return Answer<std::string>::not_found();

  if (!rules_.mailhost_transport.empty()) {
    const auto mailbox = find_mailbox(*address, deadline);
    if (mailbox.is_failure()) return Answer<std::string>::same_failure(mailbox);
    if (mailbox.is_found() && !mailbox.value().mailhost.empty()) {
      const MailboxRecord& row = mailbox.value();
      if (is_host(row.mailhost))
        return Answer<std::string>::found(fill_in_host(rules_.mailhost_transport, row.mailhost));
      return Answer<std::string>::permanent_failure("mailbox " + row.username +
                                                    " has a mailhost that is no host name; correct the row");
    }
  }
  const auto transport = stored_transport(domain.value().transport);
  if (transport.empty()) return Answer<std::string>::not_found();
  return Answer<std::string>::found(std::string(transport));
}

Answer<std::string> AddressMaps::virtual_mailbox_limit_maps(std::string_view key, Deadline deadline) const {
  const auto address = parse_address(key);
  if (!address) return Answer<std::string>::not_found();
  const auto mailbox = find_mailbox(*address, deadline);
  if (!mailbox.is_found()) return Answer<std::string>::same_failure(mailbox);
  return Answer<std::string>::found(std::to_string(parse_quota(mailbox.value().quota).bytes.value_or(0)));
}

Answer<MailLocation> AddressMaps::find_location(std::string_view key, Deadline deadline) const {
  const auto address = parse_address(key);
  if (!address) return Answer<MailLocation>::not_found();
  const auto mailbox = find_mailbox(*address, deadline);
  if (!mailbox.is_found()) return Answer<MailLocation>::same_failure(mailbox);
  return locate_mail(mailbox.value(), rules_.location);
}

Answer<std::string> AddressMaps::virtual_uid_maps(std::string_view key, Deadline deadline) const {
  const auto location = find_location(key, deadline);
  if (!location.is_found()) return Answer<std::string>::same_failure(location);
  return Answer<std::string>::found(std::to_string(location.value().uid));
}

Answer<std::string> AddressMaps::virtual_gid_maps(std::string_view key, Deadline deadline) const {
  const auto location = find_location(key, deadline);
  if (!location.is_found()) return Answer<std::string>::same_failure(location);
  return Answer<std::string>::found(std::to_string(location.value().gid));
}

}  // namespace extmail
