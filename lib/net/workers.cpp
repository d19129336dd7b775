// SPDX-License-Identifier: MIT
#include "net/workers.hpp"

#include <atomic>
#include <utility>

#include <asio.hpp>

namespace extmail::net {

struct Workers::State {
  State(std::size_t threads, std::size_t max) : pool(threads), max_queued(max) {}

  asio::thread_pool pool;
  const std::size_t max_queued;
  std::atomic<std::size_t> queued{0};
};

Workers::Workers(std::size_t threads, std::size_t max_queued)
    : state_(std::make_unique<State>(threads, max_queued)) {}

Workers::~Workers() {
  state_->pool.join();
}

bool Workers::reserve() {
  if (state_->queued.fetch_add(1, std::memory_order_relaxed) < state_->max_queued) return true;
  state_->queued.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

void Workers::run(std::function<void()> work) {
  asio::post(state_->pool, [state = state_.get(), work = std::move(work)] {
    work();
    state->queued.fetch_sub(1, std::memory_order_relaxed);
  });
}

}  // namespace extmail::net
