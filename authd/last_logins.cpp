// SPDX-License-Identifier: MIT
#include "authd/last_logins.hpp"

#include "core/network.hpp"

#include <cstddef>
#include <iterator>
#include <utility>

namespace extmail::authd {
namespace {

/// As many as are lost when the process ends while they are written, and tried again when it fails.
constexpr std::size_t kBatch = 256;

/// Of one writing, for a database that hangs.
constexpr std::chrono::seconds kWriteTime{30};

constexpr std::string_view kOther = "other";
constexpr std::string_view kServiceCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

bool is_plain(std::string_view service) {
  return !service.empty() && service.size() <= LastLogins::kMaxServiceBytes &&
         service.find_first_not_of(kServiceCharacters) == std::string_view::npos;
}

}  // namespace

LastLogins::LastLogins(Settings settings, LastLoginSink& sink, const Clock& clock, Log& log)
    : settings_(settings), sink_(sink), clock_(clock), log_(log), thread_([this] { work(); }) {}

LastLogins::~LastLogins() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  stop_.notify_all();
  thread_.join();
}

void LastLogins::note(std::string_view username, std::string_view service, std::string_view remote,
                      std::chrono::system_clock::time_point at) {
  std::string key(is_plain(service) ? service : kOther);
  key.append(1, '\0').append(username);
  const std::string_view address = remote.substr(0, remote.find('%'));  // without its zone
  Latest latest{IpAddress::parse(address) ? std::string(address) : std::string(), at};
  const std::lock_guard lock(mutex_);
  note(std::move(key), std::move(latest));
}

/// With mutex_ held.
void LastLogins::note(std::string key, Latest latest) {
  const auto known = waiting_.find(key);
  if (known == waiting_.end()) {
    if (waiting_.size() < kMaxWaiting) {
      waiting_.emplace(std::move(key), std::move(latest));
    } else {
      ++lost_;
    }
  } else if (known->second.at <= latest.at) {
    known->second = std::move(latest);
  }
}

LastLogins::Statistics LastLogins::statistics() const {
  const std::lock_guard lock(mutex_);
  return {waiting_.size(), written_, lost_};
}

void LastLogins::work() {
  // Once more at the end, even if that comes before the first wait.
  for (bool is_last = false; !is_last;) {
    {
      std::unique_lock lock(mutex_);
      stop_.wait_for(lock, settings_.interval, [this] { return is_stopping_; });
      is_last = is_stopping_;
    }
    write(clock_.now() + (is_last ? kLastChance : kWriteTime));
  }
}

void LastLogins::write(Deadline deadline) {
  Waiting taken;
  {
    const std::lock_guard lock(mutex_);
    taken.swap(waiting_);
  }
  std::vector<LastLogin> batch;
  while (!taken.empty()) {
    batch.clear();
    for (auto login = taken.begin(); login != taken.end() && batch.size() < kBatch; ++login) {
      const std::size_t end = login->first.find('\0');
      batch.push_back({login->first.substr(end + 1), login->first.substr(0, end), login->second.remote,
                       login->second.at});
    }
    const auto written = sink_.write(batch, deadline);
    if (!written.is_found()) return put_back(taken, written.reason());
    const std::lock_guard lock(mutex_);
    written_ += batch.size();
    taken.erase(taken.begin(), std::next(taken.begin(), static_cast<std::ptrdiff_t>(batch.size())));
  }
}

void LastLogins::put_back(const Waiting& taken, const std::string& reason) {
  std::unique_lock lock(mutex_);
  // What came meanwhile is newer, and stays.
  for (const auto& [key, latest] : taken)
    note(key, latest);
  const std::string state = std::to_string(waiting_.size()) + " last logins wait to be written, " +
                            std::to_string(lost_) + " found no room";
  lock.unlock();
  if (may_complain_(clock_.now())) log_.write(Level::Warning, "last_logins_waiting", reason + "; " + state);
}

}  // namespace extmail::authd
