// SPDX-License-Identifier: MIT
#include "mysql/pool.hpp"

#include <utility>

namespace extmail::mysql {

Pool::Pool(std::shared_ptr<Hosts> hosts, const Clock& clock, Log& log)
    : hosts_(std::move(hosts)), settings_(hosts_->settings()), clock_(clock), log_(log) {}

std::optional<Row> Pool::query_row(const char* sql, const std::vector<std::string_view>& parameters,
                                   Deadline deadline) {
  auto rows = query(sql, parameters, deadline);
  if (rows.empty()) return std::nullopt;
  return std::move(rows.front());
}

std::vector<Row> Pool::query(const char* sql, const std::vector<std::string_view>& parameters,
                             Deadline deadline) {
  bool may_retry = true;
  while (true) {
    std::unique_ptr<Connection> connection = acquire(deadline);
    const bool had_idled = connection->was_used();
    try {
      auto rows = connection->query(sql, parameters);
      mark_up(*connection);
      release(std::move(connection));
      return rows;
    } catch (const DatabaseError& error) {
      const bool lost = error.kind() == DatabaseError::Kind::Lost;
      if (lost && !had_idled) hosts_->note_failure(connection->host());
      release(lost ? nullptr : std::move(connection));
      // Servers close idle connections (wait_timeout) and restart: that is found out only by using one.
      const bool retry = lost && had_idled && std::exchange(may_retry, false) && clock_.now() < deadline;
      if (!retry) {
        if (lost) mark_down(error);
        if (!lost && error.kind() != DatabaseError::Kind::Unstorable) complain(error);
        throw;
      }
      const std::lock_guard lock(mutex_);
      idle_.clear();
    } catch (...) {
      release(nullptr);
      throw;
    }
  }
}

std::unique_ptr<Connection> Pool::acquire(Deadline deadline) {
  // One question may take many queries (an alias chain); each is bounded by read_timeout, all together by
  // this.
  if (clock_.now() >= deadline) throw DatabaseError(DatabaseError::Kind::Busy, "the lookup took too long");
  std::unique_lock lock(mutex_);
  while (idle_.empty() && in_use_ >= settings_.connections) {
    if (released_.wait_until(lock, deadline) == std::cv_status::timeout) {
      throw DatabaseError(DatabaseError::Kind::Busy,
                          "all " + std::to_string(settings_.connections) +
                              " database connections are busy; raise database_connections");
    }
  }
  std::erase_if(idle_, [this](const auto& connection) { return !hosts_->is_active(*connection); });
  if (!idle_.empty() && !hosts_->may_be_bettered()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    ++in_use_;
    return connection;
  }
  if (!idle_.empty()) idle_.pop_back();  // its place is that of the new one
  if (is_down_) {
    if (clock_.now() < retry_at_) throw DatabaseError(last_kind_, last_error_);
    // This request tries; those that come while it does fail at once.
    retry_at_ = clock_.now() + settings_.connect_timeout * settings_.hosts.size() + settings_.back_off;
  }
  ++in_use_;
  lock.unlock();
  try {
    auto connection = hosts_->connect();
    mark_up(*connection);
    return connection;
  } catch (const DatabaseError& error) {
    release(nullptr);
    mark_down(error);
    throw;
  }
}

void Pool::release(std::unique_ptr<Connection> connection) {
  {
    const std::lock_guard lock(mutex_);
    --in_use_;
    if (connection && hosts_->is_active(*connection)) idle_.push_back(std::move(connection));
  }
  released_.notify_one();
}

void Pool::complain(const DatabaseError& error) {
  if (!may_complain_(clock_.now())) return;
  log_.write(Level::Error, "query_failed", error.what());
}

void Pool::mark_up(const Connection& connection) {
  {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(is_down_, false)) return;
  }
  log_.write(Level::Notice, "database_up",
             "connected to " + connection.host().text() + "; answering normally again");
}

void Pool::mark_down(const DatabaseError& error) {
  {
    const std::lock_guard lock(mutex_);
    retry_at_ = clock_.now() + settings_.back_off;
    last_error_ = error.what();
    last_kind_ = error.kind();
    if (std::exchange(is_down_, true)) return;
  }
  log_.write(Level::Error, "database_down",
             std::string(error.what()) +
                 "; lookups fail until it is back. Check that the server runs, and that [database] hosts, "
                 "database_user "
                 "and its password file are right");
}

}  // namespace extmail::mysql
