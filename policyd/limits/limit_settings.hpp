// SPDX-License-Identifier: MIT
#pragma once

#include "core/network.hpp"
#include "daemon/config_file.hpp"
#include "policyd/client_network.hpp"
#include "policyd/rule_settings.hpp"
#include "policyd/state/state.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace extmail::policyd {

/// One `[[policyd.limit]]`: no more than so much within a period, of each login, sender and so on.
struct Limit {
  enum class Per : std::uint8_t {
    SaslUsername,
    SaslDomain,
    Sender,
    SenderDomain,
    Recipient,
    RecipientDomain,
    ClientNetwork
  };
  enum class Count : std::uint8_t { Messages, Recipients, Bytes };

  std::string name;
  Per per = Per::SaslUsername;
  Count count = Count::Recipients;
  Window window;
  std::optional<Window> burst;  ///< a second bound, on a shorter period
  NetworkPrefixes prefixes{.ipv4 = 32, .ipv6 = 64};
  NetworkList exempt_networks;  ///< clients whom the limit does not count
  std::string action;           ///< of access(5), for what goes beyond it
  bool is_log_only = false;     ///< counted beyond it too, logged, and let through
};

/// As the configuration has them.
[[nodiscard]] std::string_view name_of(Limit::Per per);
[[nodiscard]] std::string_view name_of(Limit::Count count);

struct LimitsSettings {
  /// More could not be told apart in a log.
  static constexpr std::size_t kMaxLimits = 100;

  RuleSettings rule;
  std::vector<Limit> limits;

  [[nodiscard]] bool enabled() const { return !limits.empty(); }
};

/// The tables `[[policyd.limit]]`, and `[policyd.limits]` with what is the same for all. otherwise is what policyd does on
/// failure.
[[nodiscard]] LimitsSettings read_limits(daemon::ConfigFile::Table& policyd, OnFailure otherwise);

}  // namespace extmail::policyd
