// SPDX-License-Identifier: MIT
#pragma once

#include "core/network.hpp"
#include "daemon/config_file.hpp"
#include "policyd/client_network.hpp"
#include "policyd/list_settings.hpp"
#include "policyd/rule_settings.hpp"

#include <chrono>
#include <cstddef>

namespace extmail::policyd {

/// How many different ones of something a login may have within a period. 0 is no bound.
struct Bounds {
  std::size_t slow = 0;  ///< beyond it mail is deferred
  std::size_t hold = 0;  ///< beyond it mail is held
  std::chrono::seconds period{3600};

  [[nodiscard]] bool are_set() const { return slow > 0 || hold > 0; }
  bool operator==(const Bounds&) const = default;
};

struct ContainmentSettings {
  /// Longest period, and so how long what was counted can matter.
  static constexpr std::chrono::hours kMaxPeriod{7 * 24};

  bool enabled = false;
  RuleSettings rule;
  Bounds networks{.slow = 8, .hold = 20};
  Bounds recipients{.slow = 100, .hold = 300};  ///< slow: of those let through; hold: of those tried
  NetworkPrefixes prefixes{.ipv4 = 24, .ipv6 = 48};
  std::chrono::seconds known_for =
      std::chrono::hours(90 * 24);                             ///< a recipient, since he was last written to
  std::chrono::seconds hold_for = std::chrono::hours(7 * 24);  ///< a login, unless it is released before
  NetworkList exempt_networks;                                 ///< not counted as networks
  AddressList exempt_logins;
};

/// [policyd.containment], all of whose keys have defaults; so has the table. otherwise is what policyd does on failure.
[[nodiscard]] ContainmentSettings read_containment(daemon::ConfigFile::Table& policyd, OnFailure otherwise);

}  // namespace extmail::policyd
