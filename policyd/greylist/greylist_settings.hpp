// SPDX-License-Identifier: MIT
#pragma once

#include "core/network.hpp"
#include "daemon/config_file.hpp"
#include "policyd/client_network.hpp"
#include "policyd/list_settings.hpp"
#include "policyd/rule_settings.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace extmail::policyd {

struct GreylistSettings {
  bool enabled = false;
  RuleSettings rule;
  bool is_for_all = true;  ///< else for recipients that extmail_policy names
  std::chrono::seconds delay{300};
  std::chrono::seconds window = std::chrono::hours(48);
  std::chrono::seconds lifetime = std::chrono::hours(35 * 24);
  std::uint64_t client_passes = 5;  ///< 0: clients are not allow-listed
  std::uint64_t domain_passes = 3;  ///< 0: sender domains are not allow-listed
  NetworkPrefixes prefixes;
  NetworkList exempt_networks;
  std::vector<std::string> exempt_clients;  ///< domains of verified client names, in lower case
  AddressList exempt_recipients;
};

/// [policyd.greylist], all of whose keys have defaults; so has the table. otherwise is what policyd does on failure.
[[nodiscard]] GreylistSettings read_greylist(daemon::ConfigFile::Table& policyd, OnFailure otherwise);

}  // namespace extmail::policyd
