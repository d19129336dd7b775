// SPDX-License-Identifier: MIT
#include "policyd/limits/limit_settings.hpp"

#include "policyd/list_settings.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace extmail::policyd {
namespace {

using std::chrono::seconds;

constexpr std::size_t kMaxNameBytes = 32;
constexpr std::size_t kMaxTextBytes = 200;
constexpr std::int64_t kMostCounted = std::int64_t{1} << 50;  // bytes of a month, and some
constexpr std::int64_t kMinPeriod = 1;
constexpr std::int64_t kMaxPeriod = std::int64_t{31} * 24 * 3600;

/// In the order of Limit::Per.
constexpr std::array<std::pair<std::string_view, Limit::Per>, 7> kPer{{
    {"sasl_username", Limit::Per::SaslUsername},
    {"sasl_domain", Limit::Per::SaslDomain},
    {"sender", Limit::Per::Sender},
    {"sender_domain", Limit::Per::SenderDomain},
    {"recipient", Limit::Per::Recipient},
    {"recipient_domain", Limit::Per::RecipientDomain},
    {"client_network", Limit::Per::ClientNetwork},
}};
constexpr std::array<std::pair<std::string_view, Limit::Count>, 3> kCount{{
    {"messages", Limit::Count::Messages},
    {"recipients", Limit::Count::Recipients},
    {"bytes", Limit::Count::Bytes},
}};

template <typename Value, std::size_t N>
Value chosen(daemon::ConfigFile::Table& table, std::string_view key,
             const std::array<std::pair<std::string_view, Value>, N>& choices, std::string_view otherwise) {
  std::vector<std::string> names;
  names.reserve(N);
  for (const auto& [name, value] : choices)
    names.emplace_back(name);
  const std::string word = table.choice(key, names, otherwise);
  const auto found =
      std::find_if(choices.begin(), choices.end(), [&](const auto& one) { return one.first == word; });
  return found->second;
}

bool is_word(std::string_view text) {
  return !text.empty() && text.size() <= kMaxNameBytes && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

bool is_plain(std::string_view text) {
  return text.size() <= kMaxTextBytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

std::string action_of(daemon::ConfigFile::Table& table, const std::string& name) {
  const std::string word = table.choice("action", {"defer", "reject", "hold"}, "defer");
  std::string text = table.text("text", "");
  if (!is_plain(text)) {
    table.complain("text", "must be up to 200 printable ASCII characters");
    text.clear();
  }
  if (word == "hold") return "HOLD " + (text.empty() ? "limit " + name + " is reached" : text);
  if (word == "reject") return "550 5.7.1 " + (text.empty() ? "limit " + name + " is reached" : text);
  return "450 4.7.1 " + (text.empty() ? "limit " + name + " is reached, please try again later" : text);
}

std::optional<Window> read_burst(daemon::ConfigFile::Table& table, const Window& window) {
  const auto burst = table.optional_integer("burst", 1, kMostCounted);
  const auto period = table.optional_integer("burst_period", kMinPeriod, kMaxPeriod);
  if (!burst && !period) return std::nullopt;
  if (!burst || !period) {
    table.complain(burst ? "burst_period" : "burst", "is missing: burst and burst_period go together");
    return std::nullopt;
  }
  if (seconds(*period) >= window.period) table.complain("burst_period", "must be shorter than period");
  return Window{static_cast<std::uint64_t>(*burst), seconds(*period)};
}

Limit read_limit(daemon::ConfigFile::Table& table) {
  Limit limit;
  limit.name = table.required_text("name");
  if (!limit.name.empty() && !is_word(limit.name))
    table.complain("name", "must be up to 32 lower case letters, digits, - and _");
  limit.per = chosen(table, "per", kPer, "sasl_username");
  limit.count = chosen(table, "count", kCount, "recipients");
  const auto most = table.optional_integer("limit", 1, kMostCounted);
  if (!most) table.complain("limit", "is missing: how much within the period");
  limit.window.limit = static_cast<std::uint64_t>(most.value_or(1));
  limit.window.period = seconds(table.integer("period", 3600, kMinPeriod, kMaxPeriod));
  limit.burst = read_burst(table, limit.window);
  limit.prefixes.ipv4 = static_cast<unsigned>(table.integer("ipv4_prefix", limit.prefixes.ipv4, 8, 32));
  limit.prefixes.ipv6 = static_cast<unsigned>(table.integer("ipv6_prefix", limit.prefixes.ipv6, 16, 128));
  const bool is_of_networks = limit.per == Limit::Per::ClientNetwork;
  const std::vector<std::string> exempt =
      is_of_networks ? std::vector<std::string>{kLoopback} : std::vector<std::string>{};
  limit.exempt_networks = networks_of(table, "exempt_networks", table.texts("exempt_networks", exempt));
  limit.action = action_of(table, limit.name);
  limit.is_log_only = table.choice("mode", {"enforce", "log"}, "enforce") == "log";
  return limit;
}

}  // namespace

std::string_view name_of(Limit::Per per) {
  return kPer.at(static_cast<std::size_t>(per)).first;
}

std::string_view name_of(Limit::Count count) {
  return std::find_if(kCount.begin(), kCount.end(), [&](const auto& one) { return one.second == count; })
      ->first;
}

LimitsSettings read_limits(daemon::ConfigFile::Table& policyd, OnFailure otherwise) {
  LimitsSettings settings;
  settings.rule.on_failure = otherwise;
  if (auto all = policyd.optional_table("limits")) settings.rule = read_rule_settings(*all, otherwise);
  for (auto& table : policyd.tables("limit")) {
    Limit limit = read_limit(table);
    const bool is_known = std::any_of(settings.limits.begin(), settings.limits.end(),
                                      [&](const Limit& other) { return other.name == limit.name; });
    if (is_known) table.complain("name", "is that of another limit");
    if (settings.limits.size() == LimitsSettings::kMaxLimits)
      table.complain("is one limit too many: 100 are enough");
    if (settings.limits.size() < LimitsSettings::kMaxLimits) settings.limits.push_back(std::move(limit));
  }
  return settings;
}

}  // namespace extmail::policyd
