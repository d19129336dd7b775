// SPDX-License-Identifier: MIT
#include "support/map_properties.hpp"

#include "core/address.hpp"
#include "core/address_maps.hpp"
#include "core/idn.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <vector>

namespace extmail::tests {
namespace {

using Lookup = Answer<std::string> (AddressMaps::*)(std::string_view, Deadline) const;

struct Map {
  const char* name;
  Lookup lookup;
  bool takes_domains;
};

constexpr std::array<Map, 12> kMaps{{
    {"virtual_mailbox_domains", &AddressMaps::virtual_mailbox_domains, true},
    {"relay_domains", &AddressMaps::relay_domains, true},
    {"virtual_mailbox_maps", &AddressMaps::virtual_mailbox_maps, false},
    {"virtual_alias_maps", &AddressMaps::virtual_alias_maps, false},
    {"smtpd_sender_login_maps", &AddressMaps::smtpd_sender_login_maps, false},
    {"transport_maps", &AddressMaps::transport_maps, false},
    {"relay_recipient_maps", &AddressMaps::relay_recipient_maps, false},
    {"virtual_mailbox_limit_maps", &AddressMaps::virtual_mailbox_limit_maps, false},
    {"virtual_uid_maps", &AddressMaps::virtual_uid_maps, false},
    {"virtual_gid_maps", &AddressMaps::virtual_gid_maps, false},
    {"recipient_access", &AddressMaps::recipient_access, false},
    {"sender_access", &AddressMaps::sender_access, false},
}};

bool is_one_line(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

/// The addresses of a result as Postfix reads them: commas, blanks and what else ends a word separate, unless in
/// quotes. Empty if the quotes are broken.
std::optional<std::vector<std::string>> read_addresses(std::string_view result) {
  constexpr std::string_view kSeparators = ", \t\r\n;:<>()";
  std::vector<std::string> addresses(1);
  bool in_quotes = false;
  for (std::size_t i = 0; i < result.size(); ++i) {
    const char c = result[i];
    if (!in_quotes && kSeparators.find(c) != std::string_view::npos) {
      addresses.emplace_back();
      continue;
    }
    addresses.back() += c;
    if (c == '"') in_quotes = !in_quotes;
    if (c == '\\' && in_quotes && ++i < result.size()) addresses.back() += result[i];
  }
  if (in_quotes) return std::nullopt;
  return addresses;
}

/// How many targets the rows have that an answer to this address may come from.
std::set<std::size_t> possible_counts(const FakeDirectory& directory, const MailRules& rules,
                                      const Address& address) {
  const IdnDirectory either_form(directory);
  const auto split = split_extension(address.local, rules.recipient_delimiter);
  std::set<std::size_t> counts;
  for (const auto& local : {std::string_view(address.local), split.base, std::string_view()}) {
    const auto row = either_form.find_alias(join_address(local, address.domain), {});
    if (row.is_found()) counts.insert(row.value().targets.size());
  }
  return counts;
}

std::string check_aliases(const FakeDirectory& directory, const MailRules& rules, const Address& address,
                          const std::string& result) {
  const auto addresses = read_addresses(result);
  if (!addresses) return "its quotes are broken";
  if (possible_counts(directory, rules, address).count(addresses->size()) == 0)
    return "it has other than the addresses of the row";
  for (const auto& target : *addresses) {
    const std::size_t at = target.rfind('@');
    if (at == std::string::npos || at == 0) return "it has an address without a user or a domain";
    const auto local = unquote_local(std::string_view(target).substr(0, at));
    if (!local || quote_local(*local) != target.substr(0, at))
      return "it has a local part that is not quoted right";
  }
  return {};
}

std::string check(const FakeDirectory& directory, const MailRules& rules, const Map& map,
                  std::string_view key) {
  const FakeClock clock;
  const IdnDirectory either_form(directory);
  const AddressMaps maps(either_form, clock, rules);
  const int queries_before = directory.queries;
  const auto answer = (maps.*map.lookup)(key, {});
  const auto address = parse_address(key);
  const bool is_key = map.takes_domains ? parse_domain(key).has_value() : address.has_value();
  if (!is_key)
    return answer.is_not_found() && directory.queries == queries_before ? "" : "what is no key was asked for";

  if (answer.outcome() == Outcome::TemporaryFailure) return "a temporary failure";
  if (answer.is_failure() && !is_one_line(answer.reason())) return "a reason of several lines";
  const auto folded = (maps.*map.lookup)(fold_case(key), {});
  if (folded.outcome() != answer.outcome()) return "in lower case it ends otherwise";
  if (!answer.is_found()) return {};
  if (answer.value().empty() || !is_one_line(answer.value())) return "an answer that is not one line";
  if (!same_key(folded.value(), answer.value())) return "in lower case it has another answer";
  if (map.lookup != &AddressMaps::virtual_alias_maps) return {};
  return check_aliases(directory, rules, *address, answer.value());
}

}  // namespace

std::string broken_property(const FakeDirectory& directory, const MailRules& rules, std::string_view key) {
  for (const auto& map : kMaps) {
    const std::string what = check(directory, rules, map, key);
    if (!what.empty()) return std::string(map.name) + ": " + what;
  }
  return {};
}

}  // namespace extmail::tests
