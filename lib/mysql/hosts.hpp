// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"
#include "core/log.hpp"
#include "mysql/connection.hpp"
#include "mysql/host_health.hpp"
#include "mysql/settings.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace extmail::mysql {

/// The configured servers, one of which is asked: by all who read rows, and by who follows their changes.
///
/// That another server is asked than before is logged.
/// Threads: all members may be called concurrently.
class Hosts {
 public:
  /// clock and log must outlive the hosts.
  Hosts(std::shared_ptr<const Settings> settings, const Clock& clock, Log& log);

  /// Connects to the best server that can be reached, which is asked from then on.
  /// Errors: DatabaseError, that of the first server tried.
  [[nodiscard]] std::unique_ptr<Connection> connect();

  /// The server took a connection, but then failed: another one may do better.
  void note_failure(const Host& host);

  /// False for a connection to a server that is no longer asked.
  [[nodiscard]] bool is_active(const Connection& connection) const;
  /// Whether connect() might find a better server than the one that is asked.
  [[nodiscard]] bool may_be_bettered() const;

  struct Status {
    std::string host;  ///< as in the configuration
    bool is_active = false;
    bool is_well = true;  ///< for all we know: the last attempt succeeded, or there was none
    std::uint64_t failures = 0;
  };
  [[nodiscard]] std::vector<Status> status() const;

  [[nodiscard]] const Settings& settings() const { return *settings_; }

 private:
  void note_success(std::size_t number);

  const std::shared_ptr<const Settings> settings_;
  const Clock& clock_;
  Log& log_;
  mutable std::mutex mutex_;  // guards health_
  HostHealth health_;
};

[[nodiscard]] std::shared_ptr<Hosts> make_hosts(Settings settings, const Clock& clock, Log& log);

}  // namespace extmail::mysql
