// SPDX-License-Identifier: MIT
#include "authd/delay_queue.hpp"

#include <utility>

namespace extmail::authd {

DelayQueue::DelayQueue() : thread_([this] { run(); }) {}

DelayQueue::~DelayQueue() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void DelayQueue::run_at(Time when, std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.emplace(when, std::move(work));
  }
  changed_.notify_one();
}

void DelayQueue::run() {
  std::unique_lock lock(mutex_);
  while (!is_stopping_) {
    if (waiting_.empty()) {
      changed_.wait(lock);
    } else if (const Time next = waiting_.begin()->first; Time::clock::now() < next) {
      changed_.wait_until(lock, next);
    } else {
      auto due = waiting_.extract(waiting_.begin());
      lock.unlock();
      due.mapped()();
      due = {};
      lock.lock();
    }
  }
}

}  // namespace extmail::authd
