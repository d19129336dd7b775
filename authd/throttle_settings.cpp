// SPDX-License-Identifier: MIT
#include "authd/throttle_settings.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace extmail::authd {
namespace {

constexpr std::int64_t kMaxFree = 100;        // counts end at 128
constexpr std::int64_t kMaxDelaySeconds = 8;  // the plugins wait for 10 s, and the user is looked up too
constexpr std::int64_t kMaxHalfLifeMinutes = 10'080;  // a week
constexpr std::int64_t kMinEntries = 1024;
constexpr std::int64_t kMaxEntries = 16'777'216;

/// Webmail and proxies on this host log in for everybody.
constexpr const char* kLoopback = "127.0.0.0/8, ::1";

NetworkList read_exempt(daemon::ConfigFile::Table& throttle) {
  std::string text;
  for (const auto& part : throttle.texts("exempt_networks", {kLoopback}))
    text.append(part).append(1, ' ');
  auto networks = NetworkList::parse(text);
  if (networks.is_found()) return std::move(networks).value();
  throttle.complain("exempt_networks", "can't be used: " + networks.reason());
  return {};
}

LoginThrottle::Settings read_keys(daemon::ConfigFile::Table& throttle) {
  const LoginThrottle::Settings defaults;
  LoginThrottle::Settings settings;
  settings.enabled = throttle.flag("enabled", defaults.enabled);
  settings.exempt = read_exempt(throttle);
  settings.free_for_user =
      static_cast<unsigned>(throttle.integer("free_failures_user", defaults.free_for_user, 1, kMaxFree));
  settings.free_for_address = static_cast<unsigned>(
      throttle.integer("free_failures_address", defaults.free_for_address, 1, kMaxFree));
  settings.free_for_network = static_cast<unsigned>(
      throttle.integer("free_failures_network", defaults.free_for_network, 1, kMaxFree));
  settings.max_delay =
      std::chrono::seconds(throttle.integer("max_delay", defaults.max_delay.count(), 0, kMaxDelaySeconds));
  const auto half_life = std::chrono::duration_cast<std::chrono::minutes>(defaults.half_life);
  settings.half_life =
      std::chrono::minutes(throttle.integer("half_life", half_life.count(), 1, kMaxHalfLifeMinutes));
  throttle.fix("entries");
  settings.entries = static_cast<std::size_t>(
      throttle.integer("entries", static_cast<std::int64_t>(defaults.entries), kMinEntries, kMaxEntries));
  return settings;
}

}  // namespace

LoginThrottle::Settings read_throttle(daemon::ConfigFile::Table& authd) {
  if (auto throttle = authd.optional_table("throttle")) return read_keys(*throttle);
  LoginThrottle::Settings settings;
  settings.exempt = NetworkList::parse(kLoopback).value();
  return settings;
}

}  // namespace extmail::authd
