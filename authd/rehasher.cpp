// SPDX-License-Identifier: MIT
#include "authd/rehasher.hpp"

#include "core/printable.hpp"

#include <algorithm>
#include <utility>

#include <sys/resource.h>

namespace extmail::authd {
namespace {

using namespace std::chrono_literals;

constexpr auto kWriteTime = 10s;

/// The least that a thread can ask for (setpriority(2), which on Linux is about the calling thread).
constexpr int kNiceness = 19;

}  // namespace

Rehasher::Rehasher(Hash hash, PasswordWriter& writer, const Clock& clock, Log& log)
    : hash_(std::move(hash)), writer_(writer), clock_(clock), log_(log), thread_([this] { work(); }) {}

Rehasher::~Rehasher() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Rehasher::offer(std::string_view username, std::string_view stored, std::string_view password) {
  {
    const std::lock_guard lock(mutex_);
    // A client opens several connections at once.
    const bool is_known =
        username == under_way_ ||
        std::any_of(queue_.begin(), queue_.end(), [&](const Job& job) { return job.username == username; });
    if (is_known) return;
    if (queue_.size() == kMaxQueued) {
      ++statistics_.dropped;
      return;
    }
    queue_.push_back({std::string(username), Secret(stored), Secret(password)});
  }
  changed_.notify_all();
}

Rehasher::Statistics Rehasher::statistics() const {
  const std::lock_guard lock(mutex_);
  return statistics_;
}

void Rehasher::work() {
  (void)setpriority(PRIO_PROCESS, 0, kNiceness);
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return is_stopping_ || !queue_.empty(); });
    if (is_stopping_) return;
    const Job job = std::move(queue_.front());
    queue_.pop_front();
    under_way_ = job.username;
    lock.unlock();
    replace(job);
    lock.lock();
    under_way_.clear();
  }
}

void Rehasher::replace(const Job& job) {
  const auto count = [this](std::uint64_t Statistics::*which) {
    const std::lock_guard lock(mutex_);
    ++(statistics_.*which);
  };
  const std::optional<Secret> replacement = hash_(job.password.view());
  if (!replacement) {
    count(&Statistics::failed);
    return complain(job.username, "the new hash can't be computed");
  }
  const auto changed = writer_.replace(job.username, job.stored, *replacement, clock_.now() + kWriteTime);
  if (changed.is_found()) {
    count(&Statistics::done);
    log_.write(Level::Info, "password_rehashed", "user=" + log_value(job.username));
  } else if (changed.is_not_found()) {
    count(&Statistics::left_alone);
  } else {
    count(&Statistics::failed);
    complain(job.username, changed.reason());
  }
}

void Rehasher::complain(const std::string& username, const std::string& reason) {
  if (!may_complain_(clock_.now())) return;
  log_.write(Level::Warning, "rehash_failed",
             "user=" + log_value(username) + ": " + reason + "; the next login tries again");
}

}  // namespace extmail::authd
