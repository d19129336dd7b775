// SPDX-License-Identifier: MIT
#pragma once

#include "core/network.hpp"
#include "daemon/config_file.hpp"

#include <string>
#include <string_view>
#include <vector>

/// Lists in rules' tables. What is wrong with one is noted for its key, and an empty one stands for it.
namespace extmail::policyd {

/// Webmail and proxies on this host act for everybody.
inline constexpr const char* kLoopback = "127.0.0.0/8, ::1";

[[nodiscard]] NetworkList networks_of(daemon::ConfigFile::Table& table, std::string_view key,
                                      const std::vector<std::string>& texts);

/// Names of domains, in lower case; each stands for what is below it too.
[[nodiscard]] std::vector<std::string> domains_of(daemon::ConfigFile::Table& table, std::string_view key,
                                                  const std::vector<std::string>& texts);

/// Whether a host's name is one of the domains, or below one.
[[nodiscard]] bool is_below(std::string_view host_name, const std::vector<std::string>& domains);

/// `user@domain`, `@domain` for a whole domain, and `user@` for that user of all domains.
class AddressList {
 public:
  [[nodiscard]] static AddressList of(daemon::ConfigFile::Table& table, std::string_view key,
                                      const std::vector<std::string>& texts);

  /// local is without an extension. Both in lower case.
  [[nodiscard]] bool contains(std::string_view local, std::string_view domain) const;

  bool operator==(const AddressList&) const = default;

 private:
  std::vector<std::string> patterns_;  ///< in lower case, sorted
};

}  // namespace extmail::policyd
