// SPDX-License-Identifier: MIT
#include "policyd/list_settings.hpp"

#include "core/address.hpp"
#include "core/printable.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

namespace extmail::policyd {
namespace {

/// Each costs a comparison; who has more of them has them in the table extmail_policy.
constexpr std::size_t kMaxNames = 1000;

std::optional<std::string> read_pattern(const std::string& text) {
  const std::size_t at = text.rfind('@');
  if (at == std::string::npos) return std::nullopt;
  if (at == 0) {
    const auto domain = parse_domain(text.substr(1));
    return domain ? std::optional('@' + *domain) : std::nullopt;
  }
  const bool has_domain = at + 1 < text.size();
  const auto address = parse_address(has_domain ? text : text + "domain");
  if (!address) return std::nullopt;
  return has_domain ? address->text() : address->local + '@';
}

template <typename Read>
std::vector<std::string> read_all(daemon::ConfigFile::Table& table, std::string_view key,
                                  const std::vector<std::string>& texts, const std::string& what, Read read) {
  std::vector<std::string> all;
  if (texts.size() > kMaxNames) table.complain(key, "has more than " + std::to_string(kMaxNames) + " parts");
  for (const auto& text : texts) {
    auto part = read(text);
    if (part) {
      all.push_back(std::move(*part));
    } else {
      table.complain(key, "has " + log_value(text) + ", which is no " + what);
    }
  }
  return all;
}

}  // namespace

NetworkList networks_of(daemon::ConfigFile::Table& table, std::string_view key,
                        const std::vector<std::string>& texts) {
  std::string joined;
  for (const auto& text : texts)
    joined.append(text).append(1, ' ');
  auto networks = NetworkList::parse(joined);
  if (networks.is_found()) return std::move(networks).value();
  table.complain(key, "can't be used: " + networks.reason());
  return {};
}

std::vector<std::string> domains_of(daemon::ConfigFile::Table& table, std::string_view key,
                                    const std::vector<std::string>& texts) {
  return read_all(table, key, texts, "domain such as \"example.org\"",
                  [](const std::string& text) -> std::optional<std::string> {
                    if (text.find('@') != std::string::npos || text.starts_with('.')) return std::nullopt;
                    return parse_domain(text);
                  });
}

bool is_below(std::string_view host_name, const std::vector<std::string>& domains) {
  return std::any_of(domains.begin(), domains.end(), [&](const std::string& domain) {
    if (host_name.size() < domain.size()) return false;
    const std::size_t start = host_name.size() - domain.size();
    return same_key(host_name.substr(start), domain) && (start == 0 || host_name[start - 1] == '.');
  });
}

AddressList AddressList::of(daemon::ConfigFile::Table& table, std::string_view key,
                            const std::vector<std::string>& texts) {
  AddressList list;
  list.patterns_ = read_all(table, key, texts, R"("user@domain", "@domain" or "user@")", read_pattern);
  std::sort(list.patterns_.begin(), list.patterns_.end());
  return list;
}

bool AddressList::contains(std::string_view local, std::string_view domain) const {
  if (patterns_.empty()) return false;
  const std::string user = std::string(local) + '@';
  const std::string whole = '@' + std::string(domain);
  const auto has = [&](const std::string& pattern) {
    return std::binary_search(patterns_.begin(), patterns_.end(), pattern);
  };
  return has(user) || has(whole) || has(user + std::string(domain));
}

}  // namespace extmail::policyd
