// SPDX-License-Identifier: MIT
#include "net/event_loop.hpp"

#include "net/answer_batch.hpp"

#include <string>
#include <system_error>
#include <utility>

namespace extmail::net {
namespace {

using namespace std::chrono_literals;

/// Requests that have arrived are read before a query begins, so that it asks for all of them. Bounded: it must begin.
constexpr int kMaxReadyHandlers = 64;

/// To wake the first peer takes longer than to wake those behind it, whose processor is awake then. Not too many: peers whose
/// answers are held back have nothing to do.
constexpr int kMaxTogether = 8;

std::chrono::microseconds time_to_look() {
  // A peer that shares the only processor could not send while it is looked for.
  return std::thread::hardware_concurrency() > 1 ? EventLoop::kLook : 0us;
}

}  // namespace

EventLoop::EventLoop(Log& log) : log_(log), look_(time_to_look()) {}

void EventLoop::run() {
  take_turns();
  if (second_.joinable()) second_.join();
  if (fault_) std::rethrow_exception(fault_);
}

bool EventLoop::after_handover(std::function<void()> work) {
  {
    const Lock lock(mutex_);
    if (leader_ != std::this_thread::get_id() || is_working_) return false;
  }
  if (work_ || !has_second()) return false;
  work_ = std::move(work);
  return true;
}

bool EventLoop::has_second() {
  if (second_.joinable()) return true;
  try {
    second_ = std::thread([this] { take_turns(); });
    return true;
  } catch (const std::system_error&) {  // the limit of threads is reached: perhaps it won't be the next time
    return false;
  }
}

void EventLoop::take_turns() {
  Lock lock(mutex_);
  while (await_turn(lock)) {
    leader_ = std::this_thread::get_id();
    lock.unlock();
    const bool is_crowded = lead();
    const auto work = std::exchange(work_, nullptr);
    lock.lock();
    leader_ = std::thread::id();
    if (!work) continue;
    is_working_ = true;
    missed_at_ = std::chrono::steady_clock::now();
    if (!is_crowded) missed_at_ += kPatience;
    ++times_away_;
    const bool must_wake = is_dozing_ || is_crowded;
    lock.unlock();
    if (must_wake) wanted_.notify_one();
    work_off(work);
    lock.lock();
    is_working_ = false;
  }
  wanted_.notify_all();
}

bool EventLoop::await_turn(Lock& lock) {
  const auto nobody = std::thread::id();
  std::uint64_t seen = times_away_;
  while (!context_.stopped()) {
    if (leader_ == nobody) {
      if (!is_working_ || std::chrono::steady_clock::now() >= missed_at_) return true;
      wanted_.wait_until(lock, missed_at_);
    } else if (seen != times_away_) {
      // Where the leader goes away again and again, looking now and then is cheaper than being woken each time.
      seen = times_away_;
      wanted_.wait_for(lock, kPatience);
    } else {
      is_dozing_ = true;
      wanted_.wait(lock);
      is_dozing_ = false;
    }
  }
  return false;
}

bool EventLoop::lead() {
  int handlers = 0;
  try {
    while (!work_ && !context_.stopped()) {
      if (run_next()) run_ready();
    }
    while (handlers < kMaxReadyHandlers && context_.poll_one() > 0)
      ++handlers;
  } catch (...) {
    fault_ = std::current_exception();
    context_.stop();
  }
  return handlers > 0;
}

bool EventLoop::run_next() {
  if (context_.poll_one() > 0) return true;
  const auto until = std::chrono::steady_clock::now() + look_;
  while (context_.poll_one() == 0) {
    if (context_.stopped()) return false;
    if (std::chrono::steady_clock::now() >= until) {
      context_.run_one();
      return false;
    }
    std::this_thread::yield();
  }
  return false;
}

void EventLoop::run_ready() {
  AnswerBatch answers;
  int handlers = 0;
  while (handlers < kMaxTogether && !work_ && context_.poll_one() > 0)
    ++handlers;
}

void EventLoop::work_off(const std::function<void()>& work) {
  try {
    work();
  } catch (const std::exception& error) {
    log_.write(Level::Error, "internal_error",
               std::string("work beside the event loop failed: ") + error.what());
  }
}

}  // namespace extmail::net
