// SPDX-License-Identifier: MIT
#include "core/policy_entry.hpp"

#include "core/address.hpp"
#include "core/network.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <initializer_list>

namespace extmail {
namespace {

constexpr std::string_view kExempt = "exempt";
constexpr std::string_view kUnlimited = "unlimited";

bool is_one_of(std::string_view value, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](auto word) { return same_key(value, word); });
}

/// `user@domain` or `@domain`. Who writes `*@domain` means the latter, and is to be told.
bool is_address(std::string_view value) {
  if (value.starts_with('@')) return parse_domain(value.substr(1)).has_value();
  const auto address = parse_address(value);
  return address && address->local != "*";
}

bool is_sender(std::string_view value) {
  if (value == "<>") return true;
  return value.find('@') == std::string_view::npos ? parse_domain(value).has_value() : is_address(value);
}

bool is_networks(std::string_view value) {
  const auto networks = NetworkList::parse(value);
  return networks.is_found() && !networks.value().is_empty();
}

bool is_switch(std::string_view value) {
  return is_one_of(value, {"on", "off"});
}

bool is_inside_only(std::string_view value) {
  return is_one_of(value, {"send", "receive", "both", "off"});
}

bool is_list_access(std::string_view value) {
  return is_one_of(value, {"everyone", "domain", "members", "senders"});
}

bool is_send_as(std::string_view value) {
  return value == "*" || is_address(value);
}

bool is_limit(std::string_view value) {
  return parse_limit_entry(value).has_value();
}

constexpr std::string_view kSender = R"("user@domain", "@domain", "domain" or "<>")";
constexpr std::string_view kNetwork = R"(a network such as "192.0.2.0/24")";

constexpr std::array<PolicyKind, 10> kKinds{{
    {"allow-client", kNetwork, is_networks},
    {"allow-sender", kSender, is_sender},
    {"deny-client", kNetwork, is_networks},
    {"deny-sender", kSender, is_sender},
    {"greylist", "on or off", is_switch},
    {"inside-only", "send, receive, both or off", is_inside_only},
    {"limit", "NAME=NUMBER, NAME=unlimited or exempt", is_limit},
    {"list-access", "everyone, domain, members or senders", is_list_access},
    {"list-sender", R"("user@domain" or "@domain")", is_address},
    {"send-as", R"("user@domain", "@domain" or "*")", is_send_as},
}};

}  // namespace

std::span<const PolicyKind> policy_kinds() {
  return kKinds;
}

const PolicyKind* find_policy_kind(std::string_view name) {
  const auto* const found =
      std::find_if(kKinds.begin(), kKinds.end(), [&](const PolicyKind& kind) { return kind.name == name; });
  return found == kKinds.end() ? nullptr : found;
}

std::optional<LimitEntry> parse_limit_entry(std::string_view value) {
  if (value == kExempt) return LimitEntry{};
  const std::size_t equals = value.find('=');
  if (equals == std::string_view::npos || equals == 0) return std::nullopt;
  const std::string_view name = value.substr(0, equals);
  const std::string_view text = value.substr(equals + 1);
  if (text == kUnlimited) return LimitEntry{name, std::nullopt};
  std::uint64_t most = 0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, most);
  if (error != std::errc() || end != last) return std::nullopt;
  return LimitEntry{name, most};
}

std::optional<std::string> policy_subject(std::string_view given) {
  if (given == "*") return std::string(given);
  if (given.starts_with('@')) {
    auto domain = parse_domain(given.substr(1));
    return domain ? std::optional('@' + *domain) : std::nullopt;
  }
  const auto address = parse_address(given);
  if (!address || address->local == "*") return std::nullopt;
  return address->text();
}

}  // namespace extmail
