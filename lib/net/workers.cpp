// SPDX-License-Identifier: MIT
#include "net/workers.hpp"

#include "net/answer_batch.hpp"
#include "net/recent_works.hpp"

#include <cstdint>
#include <ctime>
#include <exception>
#include <optional>
#include <utility>

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace extmail::net {
namespace {

/// Lets every other thread that wakes go first: a slice of the longest length that the scheduler takes says that this one
/// need not be served at once, and takes nothing of its share. Before Linux 6.12 it has no effect.
void give_way() {
  // struct sched_attr of sched_setattr(2), which the C library has only since 2.41.
  struct {
    std::uint32_t size;
    std::uint32_t policy;
    std::uint64_t flags;
    std::int32_t nice;
    std::uint32_t priority;
    std::uint64_t runtime;  // nanoseconds
    std::uint64_t deadline;
    std::uint64_t period;
  } attributes{};
  attributes.size = sizeof attributes;
  attributes.policy = SCHED_OTHER;
  attributes.nice = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()));
  attributes.runtime = 100'000'000;
  (void)::syscall(SYS_sched_setattr, 0, &attributes, 0);
}

/// Of this thread, without the time in which others had the processor: they have it often, and say nothing of the work.
std::chrono::nanoseconds time_used() {
  timespec used{};
  (void)::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

}  // namespace

Workers::Workers(std::string_view name, std::size_t threads, std::size_t max_queued, Log& log,
                 Priority priority)
    : name_(name), max_queued_(max_queued), log_(log), priority_(priority) {
  for (std::size_t i = 0; i < threads; ++i)
    threads_.emplace_back([this] { run(); });
}

Workers::~Workers() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  has_work_.notify_all();
  for (auto& thread : threads_)
    thread.join();
}

bool Workers::is_full(const Lane& lane) {
  const bool has_room = queue_.size() + running_ < max_queued_;
  if (has_room && queue_.has_room(lane)) return false;
  if (may_complain_(std::chrono::steady_clock::now())) {
    log_.write(Level::Warning, "overloaded",
               "refusing " + name_ +
                   (has_room ? " of one client: " + std::to_string(lane.max_queued)
                             : ": " + std::to_string(max_queued_)) +
                   " are waiting already. Is the database slow, or the processor?");
  }
  return true;
}

void Workers::run() {
  if (priority_ == Priority::Low) give_way();
  std::optional<AnswerBatch> answers;
  if (priority_ == Priority::Low) answers.emplace();
  RecentWorks recent(kHold);
  bool is_holding = false;  // there may be answers that are held back
  Time since;
  std::unique_lock lock(mutex_);
  while (true) {
    const bool is_due =
        is_holding && (queue_.empty() || !recent.are_short() || Time::clock::now() >= since + kHold);
    if (is_due || is_stopping_) {
      is_holding = false;
      lock.unlock();
      if (answers) answers->flush();
      lock.lock();
    }
    if (is_stopping_) return;
    if (queue_.empty()) {
      ++idle_;
      has_work_.wait(lock);
      --idle_;
      continue;
    }
    if (!std::exchange(is_holding, true)) since = Time::clock::now();
    FairQueue::Work work = queue_.pop();
    ++running_;
    lock.unlock();
    const auto before = answers ? time_used() : std::chrono::nanoseconds(0);
    try {
      work();
    } catch (const std::exception& error) {
      // Its Responder closes the connection, so the peer knows that there is no answer.
      log_.write(Level::Error, "internal_error", "one of the " + name_ + " failed: " + error.what());
    }
    work = nullptr;
    if (answers) recent.note(time_used() - before);
    lock.lock();
    --running_;
  }
}

}  // namespace extmail::net
