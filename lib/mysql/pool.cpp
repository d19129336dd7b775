// SPDX-License-Identifier: MIT
#include "mysql/pool.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace extmail::mysql {

Pool::Pool(std::shared_ptr<Hosts> hosts, const Clock& clock, Log& log)
    : hosts_(std::move(hosts)), settings_(hosts_->settings()), clock_(clock), log_(log) {}

template <typename Statement>
auto Pool::run(const Statement& statement, Deadline deadline, Repeat repeat) {
  for (bool is_retry = false;; is_retry = true) {
    Lease lease = acquire(deadline);
    const Time asked = clock_.now();
    try {
      auto result = statement(*lease.connection);
      mark_up(*lease.connection);
      release(std::move(lease.connection));
      return result;
    } catch (const DatabaseError& error) {
      if (error.kind() != DatabaseError::Kind::Lost) {
        mark_up(*lease.connection);
        release(std::move(lease.connection));
        if (error.kind() != DatabaseError::Kind::Unstorable) complain(error);
        throw;
      }
      // Servers close idle connections (wait_timeout) and restart: that is found out only by using one. No answer in time
      // is something else: a new connection to that server would wait as long again.
      const bool had_only_idled = lease.had_idled && clock_.now() - asked < settings_.read_timeout;
      if (!had_only_idled) hosts_->note_failure(*lease.connection, error);
      if (hosts_->is_active(*lease.connection)) drop_idle();  // they are no better
      release(nullptr);
      const bool may_help = had_only_idled || hosts_->has_several();
      const bool may_retry = repeat == Repeat::Allowed && !is_retry && clock_.now() < deadline;
      if (may_help && may_retry) {
        retry_at_once();
        continue;
      }
      // Who may not try a new connection has not found out whether there is one.
      if (!had_only_idled || repeat == Repeat::Allowed) mark_down(error);
      throw;
    } catch (...) {
      release(nullptr);
      throw;
    }
  }
}

std::optional<Row> Pool::query_row(std::string_view sql, const std::vector<std::string_view>& parameters,
                                   Deadline deadline) {
  auto rows = query(sql, parameters, deadline);
  if (rows.empty()) return std::nullopt;
  return std::move(rows.front());
}

std::vector<Row> Pool::query(std::string_view sql, const std::vector<std::string_view>& parameters,
                             Deadline deadline, const ResultLimits& limits) {
  return run([&](Connection& connection) { return connection.query(sql, parameters, limits); }, deadline,
             Repeat::Allowed);
}

std::uint64_t Pool::execute(std::string_view sql, const std::vector<std::string_view>& parameters,
                            Deadline deadline, Repeat repeat) {
  return run([&](Connection& connection) { return connection.execute(sql, parameters); }, deadline, repeat);
}

Pool::Lease Pool::acquire(Deadline deadline) {
  while (true) {
    // One question may take many queries (an alias chain); each is bounded by read_timeout, all together by
    // this.
    if (clock_.now() >= deadline) throw DatabaseError(DatabaseError::Kind::Busy, "the lookup took too long");
    Place place = await_place(deadline);
    try {
      if (!place.idle) return {hosts_->connect(deadline, place.has_others), false};
      if (auto better = hosts_->connect_better(deadline)) return {std::move(better), false};
      return {std::move(place.idle), true};
    } catch (const DatabaseError& error) {
      release(nullptr);
      if (make_do(error)) continue;
      mark_down(error);
      throw;
    } catch (...) {
      release(nullptr);
      throw;
    }
  }
}

Pool::Place Pool::await_place(Deadline deadline) {
  Connections abandoned;  // closed after the lock is gone
  std::unique_lock lock(mutex_);
  while (true) {
    const auto active = std::partition(idle_.begin(), idle_.end(),
                                       [this](const auto& idle) { return hosts_->is_active(*idle); });
    std::move(active, idle_.end(), std::back_inserter(abandoned));
    idle_.erase(active, idle_.end());
    if (!idle_.empty()) {
      Place place{std::move(idle_.back()), true};
      idle_.pop_back();
      ++in_use_;
      return place;
    }
    const bool is_held_back = in_use_ > 0 && clock_.now() < connect_at_;
    if (in_use_ < settings_.connections && !is_held_back) break;
    released_.wait_until(lock, is_held_back ? std::min(deadline, connect_at_) : deadline);
    if (clock_.now() >= deadline) {
      released_.notify_one();  // what woke this one may be of use to another
      throw DatabaseError(
          DatabaseError::Kind::Busy,
          "all " + std::to_string(in_use_) + " database connections are busy; raise database_connections");
    }
  }
  if (is_down_) {
    if (clock_.now() < retry_at_) throw DatabaseError(last_kind_, last_error_);
    // This request tries; those that come while it does fail at once.
    retry_at_ = clock_.now() + settings_.connect_timeout * settings_.hosts.size() + settings_.read_timeout +
                settings_.back_off;
  }
  return {nullptr, in_use_++ > 0};
}

void Pool::release(std::unique_ptr<Connection> connection) {
  {
    const std::lock_guard lock(mutex_);
    --in_use_;
    if (connection && hosts_->is_active(*connection)) idle_.push_back(std::move(connection));
  }
  released_.notify_one();
}

bool Pool::make_do(const DatabaseError& error) {
  if (error.kind() != DatabaseError::Kind::Busy) return false;
  {
    const std::lock_guard lock(mutex_);
    if (in_use_ == 0 && idle_.empty()) return false;
    connect_at_ = clock_.now() + settings_.back_off;
  }
  complain(error);
  return true;
}

/// Who was let through while the database is down has found out nothing yet.
void Pool::retry_at_once() {
  const std::lock_guard lock(mutex_);
  retry_at_ = clock_.now();
}

void Pool::drop_idle() {
  Connections dropped;  // closed after the lock is gone
  const std::lock_guard lock(mutex_);
  dropped.swap(idle_);
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
                 "; what is not in memory fails until it is back. Check that the server runs, and that "
                 "[database] hosts, "
                 "database_user and its password file are right");
}

}  // namespace extmail::mysql
