// SPDX-License-Identifier: MIT
#include "policyd/access/address_matcher.hpp"

#include "core/idn.hpp"
#include "policyd/list_settings.hpp"

#include <algorithm>

namespace extmail::policyd {

AddressMatcher::AddressMatcher(const std::optional<Address>& address, std::string_view delimiters) {
  if (!address) return;
  locals_.push_back(address->local);
  const auto split = split_extension(address->local, delimiters);
  if (!split.extension.empty()) locals_.emplace_back(split.base);
  domains_ = domain_forms(address->domain);
}

bool AddressMatcher::has_domain(std::string_view domain) const {
  return std::find(domains_.begin(), domains_.end(), domain) != domains_.end();
}

bool AddressMatcher::is(const Address& other) const {
  return has_domain(other.domain) && std::find(locals_.begin(), locals_.end(), other.local) != locals_.end();
}

std::optional<bool> AddressMatcher::is_meant_by(std::string_view row) const {
  if (row.starts_with('@')) {
    const auto domain = parse_domain(row.substr(1));
    return domain ? std::optional(has_domain(*domain)) : std::nullopt;
  }
  const auto address = parse_address(row);
  // Who writes `*@domain` means `@domain`, and is to be told.
  if (address && address->local == "*") return std::nullopt;
  return address ? std::optional(is(*address)) : std::nullopt;
}

std::optional<bool> AddressMatcher::is_meant_or_below(std::string_view row) const {
  if (row.find('@') != std::string_view::npos) return is_meant_by(row);
  const auto domain = parse_domain(row);
  if (!domain) return std::nullopt;
  return std::any_of(domains_.begin(), domains_.end(),
                     [&](const std::string& form) { return is_below(form, {*domain}); });
}

}  // namespace extmail::policyd
