// SPDX-License-Identifier: MIT
#pragma once

#include "mysql/settings.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct st_mysql;
struct st_mysql_stmt;

namespace extmail::mysql {

/// A row's columns as text; empty optional for NULL. Text, so that zero dates and whatever types an older
/// schema has are read alike.
using Row = std::vector<std::optional<std::string>>;

/// One connection with its prepared statements.
///
/// Errors: DatabaseError. After Kind::Lost the connection must be thrown away.
/// Threads: one at a time.
class Connection {
 public:
  /// Connects to host, for at most connect_timeout.
  Connection(const Host& host, const Settings& settings, std::chrono::seconds connect_timeout);

  /// Runs a statement with one `?` per parameter and gives back its rows: bounding them is the statement's part.
  /// It is prepared once per connection; sql must live as long as the process, its address identifies the
  /// statement. Takes at most settings.read_timeout for each answer of the server.
  std::vector<Row> query(const char* sql, const std::vector<std::string_view>& parameters);

  /// The same for a statement that writes; gives back how many rows it changed.
  std::uint64_t execute(const char* sql, const std::vector<std::string_view>& parameters);

  [[nodiscard]] const Host& host() const { return host_; }

  /// Which of the periods between two changes of server it was made in, for Hosts.
  void belong_to(std::uint64_t period) { period_ = period; }
  [[nodiscard]] bool belongs_to(std::uint64_t period) const { return period_ == period; }

 private:
  struct Close {
    void operator()(st_mysql* handle) const;
    void operator()(st_mysql_stmt* statement) const;
  };
  using Statement = std::unique_ptr<st_mysql_stmt, Close>;

  st_mysql_stmt& prepared(const char* sql);
  st_mysql_stmt& run(const char* sql, const std::vector<std::string_view>& parameters);
  void check(bool ok, st_mysql_stmt& statement) const;

  Host host_;
  std::unique_ptr<st_mysql, Close> handle_;
  std::map<const char*, Statement> statements_;  // after handle_: statements close before their connection
  std::uint64_t period_ = 0;
};

}  // namespace extmail::mysql
