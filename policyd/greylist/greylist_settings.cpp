// SPDX-License-Identifier: MIT
#include "policyd/greylist/greylist_settings.hpp"

namespace extmail::policyd {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr std::int64_t kHoursOfDay = 24;
constexpr std::int64_t kMaxDelaySeconds = 86'400;
constexpr std::int64_t kMaxWindowHours = 720;  // no server comes again after that long
constexpr std::int64_t kMaxLifetimeDays = 400;
constexpr std::int64_t kMaxPasses = 1000;

/// RFC 5321, 4.5.1, and RFC 2142 want mail to these to arrive.
const std::vector<std::string>& always_exempt() {
  static const std::vector<std::string> recipients{"postmaster@", "abuse@"};
  return recipients;
}

void read_times(daemon::ConfigFile::Table& table, GreylistSettings& settings) {
  settings.delay = seconds(table.integer("delay", settings.delay.count(), 1, kMaxDelaySeconds));
  const auto window = std::chrono::duration_cast<hours>(settings.window).count();
  settings.window = hours(table.integer("window", window, 1, kMaxWindowHours));
  const auto days = std::chrono::duration_cast<hours>(settings.lifetime).count() / kHoursOfDay;
  settings.lifetime = hours(kHoursOfDay * table.integer("lifetime", days, 1, kMaxLifetimeDays));
  if (settings.delay >= settings.window) table.complain("delay", "must be shorter than window");
}

void read_keys(daemon::ConfigFile::Table& table, GreylistSettings& settings) {
  settings.enabled = table.flag("enabled", settings.enabled);
  settings.is_for_all = table.choice("recipients", {"all", "chosen"}, "all") == "all";
  read_times(table, settings);
  const auto passes = [&](std::int64_t count) { return static_cast<std::uint64_t>(count); };
  settings.client_passes = passes(
      table.integer("client_passes", static_cast<std::int64_t>(settings.client_passes), 0, kMaxPasses));
  settings.domain_passes = passes(
      table.integer("domain_passes", static_cast<std::int64_t>(settings.domain_passes), 0, kMaxPasses));
  settings.prefixes.ipv4 = static_cast<unsigned>(table.integer("ipv4_prefix", settings.prefixes.ipv4, 8, 32));
  settings.prefixes.ipv6 =
      static_cast<unsigned>(table.integer("ipv6_prefix", settings.prefixes.ipv6, 16, 128));
  settings.exempt_networks =
      networks_of(table, "exempt_networks", table.texts("exempt_networks", {kLoopback}));
  settings.exempt_clients = domains_of(table, "exempt_clients", table.texts("exempt_clients", {}));
  settings.exempt_recipients =
      AddressList::of(table, "exempt_recipients", table.texts("exempt_recipients", always_exempt()));
}

}  // namespace

GreylistSettings read_greylist(daemon::ConfigFile::Table& policyd, OnFailure otherwise) {
  GreylistSettings settings;
  settings.rule.on_failure = otherwise;
  if (auto table = policyd.optional_table("greylist")) {
    settings.rule = read_rule_settings(*table, otherwise);
    read_keys(*table, settings);
  }
  return settings;
}

}  // namespace extmail::policyd
