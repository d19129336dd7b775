// SPDX-License-Identifier: MIT
#pragma once

#include "core/outcome.hpp"

#include <cstddef>
#include <string>

namespace extmail::ctl {

/// Where a daemon shows its numbers: `[DAEMON.metrics]` of extmail.toml.
struct MetricsSource {
  bool is_configured = false;  ///< the file has that daemon: it listens somewhere
  std::string address;         ///< IP address and port
  std::string path;            ///< of a unix socket; where both are empty, the daemon does not show them
  [[nodiscard]] bool is_shown() const { return !address.empty() || !path.empty(); }
  [[nodiscard]] const std::string& name() const { return path.empty() ? address : path; }
};

/// Its other keys are the daemon's business, and are not checked here.
///
/// Errors: daemon::ConfigError where the file can't be read or is no TOML.
[[nodiscard]] MetricsSource find_metrics(const std::string& config, const std::string& daemon);

/// The text that is served there. TemporaryFailure, with the reason: nobody listens, the answer is no page, has more than
/// kMaxPageBytes or is not whole within five seconds. No proxy is asked, whatever the environment says.
[[nodiscard]] Answer<std::string> fetch_page(const MetricsSource& source);

/// A page of ours has some 50 kB.
inline constexpr std::size_t kMaxPageBytes = std::size_t{4} << 20U;

}  // namespace extmail::ctl
