// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"
#include "core/log.hpp"
#include "mysql/connection.hpp"
#include "mysql/error.hpp"
#include "mysql/hosts.hpp"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace extmail::mysql {

/// Up to settings.connections connections to the server that is asked, opened when needed. When a better one of the
/// configured servers can be reached again, or the one that is asked fails, the connections to it are given up.
///
/// Loss and return of the database are logged once each. While it is away, one request in settings.back_off
/// tries to connect and the others fail at once.
/// Threads: all members may be called concurrently.
class Pool {
 public:
  /// clock and log must outlive the pool.
  Pool(std::shared_ptr<Hosts> hosts, const Clock& clock, Log& log);

  /// Runs work on a connection; a second time, on a new one, if a connection that had idled turned out lost:
  /// safe, because work only reads.
  /// Errors: DatabaseError; Kind::Busy also when no connection came free before the deadline. Logged, at most once a
  /// minute, because not every protocol can pass the reason on.
  std::vector<Row> query(const char* sql, const std::vector<std::string_view>& parameters, Deadline deadline);

  /// The first row, if any.
  std::optional<Row> query_row(const char* sql, const std::vector<std::string_view>& parameters,
                               Deadline deadline);

 private:
  std::unique_ptr<Connection> acquire(Deadline deadline);
  void release(std::unique_ptr<Connection> connection);
  void complain(const DatabaseError& error);
  void mark_up(const Connection& connection);
  void mark_down(const DatabaseError& error);

  const std::shared_ptr<Hosts> hosts_;
  const Settings& settings_;
  const Clock& clock_;
  Log& log_;

  std::mutex mutex_;  // guards all below
  std::condition_variable released_;
  OncePerMinute may_complain_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::size_t in_use_ = 0;
  bool is_down_ = false;
  Deadline retry_at_{};
  std::string last_error_;
  DatabaseError::Kind last_kind_ = DatabaseError::Kind::Lost;
};

}  // namespace extmail::mysql
