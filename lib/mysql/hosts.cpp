// SPDX-License-Identifier: MIT
#include "mysql/hosts.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace extmail::mysql {
namespace {

// Of what every daemon may read.
constexpr const char* kTrialSql = "SELECT d.domain FROM domain d LIMIT 1";

DatabaseError joined(const std::vector<DatabaseError>& errors) {
  if (errors.empty()) return {DatabaseError::Kind::Misconfigured, "no database host is configured"};
  std::string text;
  for (const auto& error : errors)
    text += (text.empty() ? "" : "; ") + std::string(error.what());
  const auto other = std::find_if(errors.begin(), errors.end(), [](const auto& error) {
    return error.kind() != DatabaseError::Kind::Misconfigured;
  });
  return {other == errors.end() ? DatabaseError::Kind::Misconfigured : other->kind(), text};
}

}  // namespace

Hosts::Hosts(std::shared_ptr<const Settings> settings, const Clock& clock, Log& log)
    : settings_(std::move(settings)),
      clock_(clock),
      log_(log),
      health_(settings_->hosts.size(), settings_->connect_timeout + settings_->read_timeout),
      last_errors_(settings_->hosts.size()) {}

std::unique_ptr<Connection> Hosts::connect(Deadline deadline, bool has_others) {
  std::vector<std::size_t> order;
  {
    const std::lock_guard lock(mutex_);
    order = health_.take_order(clock_.now());
  }
  std::vector<DatabaseError> errors;
  for (const std::size_t number : order) {
    if (!errors.empty() && clock_.now() >= deadline) break;
    try {
      return take(number, deadline);
    } catch (const DatabaseError& error) {
      if (has_others && error.kind() == DatabaseError::Kind::Busy && number == active()) throw;
      note_failure(number, error);
      errors.push_back(error);
    }
  }
  throw joined(errors);
}

std::unique_ptr<Connection> Hosts::connect_better(Deadline deadline) {
  std::vector<std::size_t> better;
  {
    const std::lock_guard lock(mutex_);
    if (!health_.may_be_bettered(clock_.now())) return nullptr;
    better = health_.take_better(clock_.now());
  }
  for (const std::size_t number : better) {
    try {
      return take(number, deadline);
    } catch (const DatabaseError& error) {
      note_failure(number, error);
    }
  }
  return nullptr;
}

std::unique_ptr<Connection> Hosts::take(std::size_t number, Deadline deadline) {
  using std::chrono::seconds;
  const auto left = std::chrono::ceil<seconds>(deadline - clock_.now());
  auto connection = std::make_unique<Connection>(settings_->hosts[number], *settings_,
                                                 std::clamp(left, seconds(1), settings_->connect_timeout));
  if (number != active()) connection->query(kTrialSql, {});
  note_success(number, *connection);
  return connection;
}

std::size_t Hosts::active() const {
  const std::lock_guard lock(mutex_);
  return health_.active();
}

void Hosts::note_success(std::size_t number, Connection& connection) {
  std::size_t before = 0;
  std::string reason;
  {
    const std::lock_guard lock(mutex_);
    before = health_.active();
    health_.succeeded(number, clock_.now());
    connection.belong_to(health_.switches());
    reason = last_errors_[before];
  }
  if (before == number) return;
  const auto& hosts = settings_->hosts;
  const std::string now_asked = hosts[number].text() + " is asked now, ";
  if (number < before) {
    log_.write(Level::Notice, "database_switched",
               now_asked + "for it comes before " + hosts[before].text() + " in [database] hosts");
  } else {
    log_.write(Level::Warning, "database_switched",
               now_asked + "until " + hosts[before].text() + " is back: " + reason);
  }
}

void Hosts::note_failure(std::size_t number, const DatabaseError& error) {
  const std::lock_guard lock(mutex_);
  health_.failed(number, clock_.now());
  last_errors_[number] = error.what();
}

void Hosts::note_failure(const Connection& connection, const DatabaseError& error) {
  const auto& hosts = settings_->hosts;
  const auto number =
      static_cast<std::size_t>(std::find(hosts.begin(), hosts.end(), connection.host()) - hosts.begin());
  // What was given up already says nothing about now.
  if (number < hosts.size() && is_active(connection)) note_failure(number, error);
}

bool Hosts::is_active(const Connection& connection) const {
  const std::lock_guard lock(mutex_);
  return connection.belongs_to(health_.switches());
}

std::vector<Hosts::Status> Hosts::status() const {
  const std::lock_guard lock(mutex_);
  std::vector<Status> all;
  all.reserve(settings_->hosts.size());
  for (std::size_t i = 0; i < settings_->hosts.size(); ++i) {
    const auto& health = health_.hosts()[i];
    all.push_back({settings_->hosts[i].text(), i == health_.active(), health.is_well, health.failures});
  }
  return all;
}

std::shared_ptr<Hosts> make_hosts(Settings settings, const Clock& clock, Log& log) {
  return std::make_shared<Hosts>(std::make_shared<const Settings>(std::move(settings)), clock, log);
}

}  // namespace extmail::mysql
