// SPDX-License-Identifier: MIT
#pragma once

#include "core/clock.hpp"
#include "core/log.hpp"
#include "mysql/connection.hpp"
#include "mysql/error.hpp"
#include "mysql/hosts.hpp"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace extmail::mysql {

/// Up to settings.connections connections to the server that is asked, opened when needed. Those to a server that is no
/// longer asked are closed, those in use when their query ends. One caller at a time looks whether a better server is
/// back; the others go on. A server that has no room for more connections is asked through those that there are.
///
/// Loss and return of the database are logged once each. While it is away, one request in settings.back_off
/// tries to connect and the others fail at once.
/// Threads: all members may be called concurrently.
class Pool {
 public:
  /// clock and log must outlive the pool.
  Pool(std::shared_ptr<Hosts> hosts, const Clock& clock, Log& log);

  /// Asks, and a second time, on a new connection, if one that had idled turned out lost, or if there is another server
  /// to ask: safe, because sql only reads.
  /// Errors: DatabaseError; Kind::Busy also when no connection came free before the deadline. Logged, at most once a
  /// minute, because not every protocol can pass the reason on.
  std::vector<Row> query(std::string_view sql, const std::vector<std::string_view>& parameters,
                         Deadline deadline, const ResultLimits& limits = {});

  enum class Repeat : std::uint8_t {
    Never,    ///< a lost connection is an error, after which the statement may have been run or not
    Allowed,  ///< as query(): for what is the same done twice
  };

  /// The same for a statement that writes; gives back how many rows it changed, in the last run.
  std::uint64_t execute(std::string_view sql, const std::vector<std::string_view>& parameters,
                        Deadline deadline, Repeat repeat);

  /// The first row, if any.
  std::optional<Row> query_row(std::string_view sql, const std::vector<std::string_view>& parameters,
                               Deadline deadline);

 private:
  using Connections = std::vector<std::unique_ptr<Connection>>;

  struct Lease {
    std::unique_ptr<Connection> connection;
    bool had_idled = false;
  };

  /// Runs statement(connection) as query() and execute() say.
  template <typename Statement>
  auto run(const Statement& statement, Deadline deadline, Repeat repeat);
  /// Whoever has a lease or a place owes a release().
  Lease acquire(Deadline deadline);
  struct Place {
    std::unique_ptr<Connection> idle;  ///< null: room for a new one
    bool has_others = false;           ///< the pool has further connections
  };
  Place await_place(Deadline deadline);
  void release(std::unique_ptr<Connection> connection);
  /// Has no more connections made for a while, where it can do with fewer.
  bool make_do(const DatabaseError& error);
  void drop_idle();
  void retry_at_once();
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
  Connections idle_;
  std::size_t in_use_ = 0;  // leases, and places for which a connection is being made
  Time connect_at_{};       // no sooner, while there are other connections
  bool is_down_ = false;
  Deadline retry_at_{};
  std::string last_error_;
  DatabaseError::Kind last_kind_ = DatabaseError::Kind::Lost;
};

}  // namespace extmail::mysql
