// SPDX-License-Identifier: MIT
#include "policyd/containment/containment_settings.hpp"

#include "policyd/state/state.hpp"

#include <cstdint>
#include <string>

namespace extmail::policyd {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr std::int64_t kHoursOfDay = 24;
constexpr std::int64_t kMaxNetworks = 1000;
constexpr std::int64_t kMaxRecipients = 4000;
// Who has more than a bound has one more at least, and the state has to tell.
static_assert(kMaxNetworks < State::kMaxMembers && kMaxRecipients < State::kMaxMembers);
constexpr std::int64_t kMinPeriodSeconds = 60;
constexpr std::int64_t kMaxKnownDays = 400;
constexpr std::int64_t kMaxHoldHours = 8760;

std::int64_t in_hours(seconds time) {
  return std::chrono::duration_cast<hours>(time).count();
}

void check(daemon::ConfigFile::Table& table, const std::string& slow_key, const std::string& hold_key,
           const Bounds& bounds) {
  if (bounds.slow > 0 && bounds.hold > 0 && bounds.hold <= bounds.slow)
    table.complain(hold_key, "must be more than " + slow_key + ", or 0");
}

void read_bounds(daemon::ConfigFile::Table& table, ContainmentSettings& settings) {
  const auto number = [](std::int64_t n) { return static_cast<std::size_t>(n); };
  const auto signed_of = [](std::size_t n) { return static_cast<std::int64_t>(n); };
  const std::int64_t longest = seconds(ContainmentSettings::kMaxPeriod).count();

  Bounds& networks = settings.networks;
  networks.slow = number(table.integer("slow_networks", signed_of(networks.slow), 0, kMaxNetworks));
  networks.hold = number(table.integer("hold_networks", signed_of(networks.hold), 0, kMaxNetworks));
  networks.period =
      seconds(table.integer("network_period", networks.period.count(), kMinPeriodSeconds, longest));
  check(table, "slow_networks", "hold_networks", networks);

  Bounds& recipients = settings.recipients;
  recipients.slow = number(table.integer("slow_recipients", signed_of(recipients.slow), 0, kMaxRecipients));
  recipients.hold = number(table.integer("hold_recipients", signed_of(recipients.hold), 0, kMaxRecipients));
  recipients.period =
      seconds(table.integer("recipient_period", recipients.period.count(), kMinPeriodSeconds, longest));
  check(table, "slow_recipients", "hold_recipients", recipients);
}

void read_keys(daemon::ConfigFile::Table& table, ContainmentSettings& settings) {
  settings.enabled = table.flag("enabled", settings.enabled);
  read_bounds(table, settings);
  settings.prefixes.ipv4 = static_cast<unsigned>(table.integer("ipv4_prefix", settings.prefixes.ipv4, 8, 32));
  settings.prefixes.ipv6 =
      static_cast<unsigned>(table.integer("ipv6_prefix", settings.prefixes.ipv6, 16, 128));
  settings.known_for = hours(
      kHoursOfDay * table.integer("known_for", in_hours(settings.known_for) / kHoursOfDay, 1, kMaxKnownDays));
  settings.hold_for = hours(table.integer("hold_for", in_hours(settings.hold_for), 1, kMaxHoldHours));
  settings.exempt_networks =
      networks_of(table, "exempt_networks", table.texts("exempt_networks", {kLoopback}));
  settings.exempt_logins = AddressList::of(table, "exempt_logins", table.texts("exempt_logins", {}));
}

}  // namespace

ContainmentSettings read_containment(daemon::ConfigFile::Table& policyd, OnFailure otherwise) {
  ContainmentSettings settings;
  settings.rule.on_failure = otherwise;
  settings.exempt_networks = NetworkList::parse(kLoopback).value();
  if (auto table = policyd.optional_table("containment")) {
    settings.rule = read_rule_settings(*table, otherwise);
    read_keys(*table, settings);
  }
  return settings;
}

}  // namespace extmail::policyd
