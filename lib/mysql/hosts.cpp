// SPDX-License-Identifier: MIT
#include "mysql/hosts.hpp"

#include "mysql/error.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace extmail::mysql {

Hosts::Hosts(std::shared_ptr<const Settings> settings, const Clock& clock, Log& log)
    : settings_(std::move(settings)), clock_(clock), log_(log), health_(settings_->hosts.size()) {}

std::unique_ptr<Connection> Hosts::connect() {
  std::vector<std::size_t> order;
  {
    const std::lock_guard lock(mutex_);
    order = health_.order(clock_.now());
  }
  std::optional<DatabaseError> first_error;
  for (const std::size_t number : order) {
    try {
      auto connection = std::make_unique<Connection>(settings_->hosts[number], *settings_);
      note_success(number);
      return connection;
    } catch (const DatabaseError& error) {
      const std::lock_guard lock(mutex_);
      health_.failed(number, clock_.now());
      if (!first_error) first_error = error;
    }
  }
  throw first_error.value_or(
      DatabaseError(DatabaseError::Kind::Misconfigured, "no database host is configured"));
}

void Hosts::note_success(std::size_t number) {
  std::size_t before = 0;
  {
    const std::lock_guard lock(mutex_);
    before = health_.active();
    health_.succeeded(number);
  }
  if (before == number) return;
  const auto& hosts = settings_->hosts;
  log_.write(Level::Notice, "database_switched",
             hosts[number].text() + " is asked now, in place of " + hosts[before].text() +
                 (number < before ? ", which comes later in the list" : ", which failed"));
}

void Hosts::note_failure(const Host& host) {
  const auto& hosts = settings_->hosts;
  const auto number = static_cast<std::size_t>(std::find(hosts.begin(), hosts.end(), host) - hosts.begin());
  const std::lock_guard lock(mutex_);
  if (number < hosts.size()) health_.failed(number, clock_.now());
}

bool Hosts::is_active(const Connection& connection) const {
  const std::lock_guard lock(mutex_);
  return connection.host() == settings_->hosts[health_.active()];
}

bool Hosts::may_be_bettered() const {
  const std::lock_guard lock(mutex_);
  return health_.may_be_bettered(clock_.now());
}

std::vector<Hosts::Status> Hosts::status() const {
  const std::lock_guard lock(mutex_);
  std::vector<Status> all;
  all.reserve(settings_->hosts.size());
  for (std::size_t i = 0; i < settings_->hosts.size(); ++i) {
    const auto& health = health_.hosts()[i];
    all.push_back(
        {settings_->hosts[i].text(), i == health_.active(), health.failed_in_row == 0, health.failures});
  }
  return all;
}

std::shared_ptr<Hosts> make_hosts(Settings settings, const Clock& clock, Log& log) {
  return std::make_shared<Hosts>(std::make_shared<const Settings>(std::move(settings)), clock, log);
}

}  // namespace extmail::mysql
