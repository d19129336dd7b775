// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"
#include "core/log.hpp"
#include "mysql/connection.hpp"
#include "mysql/error.hpp"
#include "mysql/host_health.hpp"
#include "mysql/settings.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace extmail::mysql {

/// The configured servers, one of which is asked: by all who read rows, and by who follows their changes.
///
/// A server takes over only when it has read from a table: a node that left its Galera cluster greets, but
/// answers no question. That another server is asked than before is logged.
/// Threads: all members may be called concurrently.
class Hosts {
 public:
  /// clock and log must outlive the hosts.
  Hosts(std::shared_ptr<const Settings> settings, const Clock& clock, Log& log);

  /// Connects to the best server that can be reached, which is asked from then on. After the deadline no further one
  /// is tried. has_others: the caller has connections to the server that is asked; where that has no room for one more,
  /// it is not given up for it.
  /// Errors: DatabaseError with what every server said; Misconfigured only if all of them are.
  [[nodiscard]] std::unique_ptr<Connection> connect(Deadline deadline, bool has_others = false);

  /// Connects to a better server than the one that is asked, if one may be tried now and serves; else null.
  [[nodiscard]] std::unique_ptr<Connection> connect_better(Deadline deadline);

  /// The server of this connection did not do what it should: another one may do better.
  void note_failure(const Connection& connection, const DatabaseError& error);

  /// False for a connection that was made before another server was asked.
  [[nodiscard]] bool is_active(const Connection& connection) const;
  [[nodiscard]] bool has_several() const { return settings_->hosts.size() > 1; }

  struct Status {
    std::string host;  ///< as in the configuration
    bool is_active = false;
    bool is_well = true;  ///< for all we know: the last attempt succeeded, or there was none
    std::uint64_t failures = 0;
  };
  [[nodiscard]] std::vector<Status> status() const;

  [[nodiscard]] const Settings& settings() const { return *settings_; }

 private:
  [[nodiscard]] std::unique_ptr<Connection> take(std::size_t number, Deadline deadline);
  void note_success(std::size_t number, Connection& connection);
  void note_failure(std::size_t number, const DatabaseError& error);
  [[nodiscard]] std::size_t active() const;

  const std::shared_ptr<const Settings> settings_;
  const Clock& clock_;
  Log& log_;
  mutable std::mutex mutex_;  // guards all below
  HostHealth health_;
  std::vector<std::string> last_errors_;
};

[[nodiscard]] std::shared_ptr<Hosts> make_hosts(Settings settings, const Clock& clock, Log& log);

}  // namespace extmail::mysql
