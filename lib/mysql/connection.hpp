// SPDX-License-Identifier: MIT
#pragma once

#include "mysql/settings.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct st_mysql;
struct st_mysql_stmt;

namespace extmail::mysql {

class ResultBuffers;

/// A row's columns as text; empty optional for NULL. Text, so that zero dates and whatever types an older
/// schema has are read alike.
using Row = std::vector<std::optional<std::string>>;

/// How much of a result is taken. A result beyond is an error, Kind::Misconfigured: half an answer is none.
struct ResultLimits {
  std::size_t rows = std::numeric_limits<std::size_t>::max();
  std::size_t bytes = std::numeric_limits<std::size_t>::max();  ///< of all columns together
};

/// One connection with its prepared statements.
///
/// Errors: DatabaseError. After Kind::Lost the connection must be thrown away.
/// Threads: one at a time.
/// Limits: kMaxStatements are kept prepared; the one that was used longest ago makes room for another.
class Connection {
 public:
  /// Far more than a daemon has: it bounds what reloads with ever new statements leave in the server.
  static constexpr std::size_t kMaxStatements = 256;

  /// Connects to host, for at most connect_timeout.
  Connection(const Host& host, const Settings& settings, std::chrono::seconds connect_timeout);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Runs a statement with one `?` per parameter and gives back its rows. It is prepared once per connection; its text
  /// identifies it. Takes at most settings.read_timeout for each answer of the server. What a result has beyond limits is
  /// read and dropped, so that the connection stays good.
  std::vector<Row> query(std::string_view sql, const std::vector<std::string_view>& parameters,
                         const ResultLimits& limits = {});

  /// The same, row by row as they come, for a result that need not be in memory at once. take may not use the connection;
  /// what it throws ends the query.
  void for_each(std::string_view sql, const std::vector<std::string_view>& parameters,
                const std::function<void(Row&)>& take);

  /// The same for a statement that writes; gives back how many rows it changed.
  std::uint64_t execute(std::string_view sql, const std::vector<std::string_view>& parameters);

  /// The same with values that may be NULL.
  std::uint64_t write(std::string_view sql, const Row& values);

  /// One statement as it stands, for what can't be prepared: MySQL makes no triggers and routines that way. Rows that it
  /// gives are dropped. Never with anything in it that somebody sent.
  void run_text(std::string_view sql);

  /// What is written from now on holds from commit() on, or not at all: a Transaction has the other half. Where commit()
  /// ends with Kind::Lost, the answer was lost, and either may be so; with another error, nothing was written.
  void begin();
  void commit();
  void rollback() noexcept;

  [[nodiscard]] const Host& host() const { return host_; }

  /// Which of the periods between two changes of server it was made in, for Hosts.
  void belong_to(std::uint64_t period) { period_ = period; }
  [[nodiscard]] bool belongs_to(std::uint64_t period) const { return period_ == period; }

 private:
  struct Close {
    void operator()(st_mysql* handle) const;
    void operator()(st_mysql_stmt* statement) const;
  };
  struct Statement {
    std::unique_ptr<st_mysql_stmt, Close> handle;
    std::unique_ptr<ResultBuffers> buffers;  ///< from its first rows on
    std::uint64_t used = 0;                  ///< the number of its last use
  };

  void set_session(std::chrono::seconds read_timeout);
  Statement& prepared(std::string_view sql);
  void make_room();
  Statement& run(std::string_view sql, const std::vector<std::string_view>& parameters);
  void fetch(Statement& known, const ResultLimits& limits, const std::function<void(Row&)>& take);
  void check(bool ok) const;
  void check(bool ok, st_mysql_stmt& statement) const;

  Host host_;
  std::unique_ptr<st_mysql, Close> handle_;
  // After handle_: statements close before their connection.
  std::map<std::string, Statement, std::less<>> statements_;
  std::uint64_t uses_ = 0;
  std::uint64_t period_ = 0;
};

}  // namespace extmail::mysql
