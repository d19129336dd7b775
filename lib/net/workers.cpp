// SPDX-License-Identifier: MIT
#include "net/workers.hpp"

#include <atomic>
#include <chrono>
#include <exception>
#include <string>
#include <utility>

#include <asio.hpp>

namespace extmail::net {

struct Workers::State {
  State(std::string_view what, std::size_t threads, std::size_t max, Log& events)
      : name(what), pool(threads), max_queued(max), log(events) {}

  const std::string name;
  asio::thread_pool pool;
  const std::size_t max_queued;
  Log& log;
  std::atomic<std::size_t> queued{0};
  OncePerMinute may_complain;
};

Workers::Workers(std::string_view name, std::size_t threads, std::size_t max_queued, Log& log)
    : state_(std::make_unique<State>(name, threads, max_queued, log)) {}

Workers::~Workers() {
  state_->pool.stop();
  state_->pool.join();
}

bool Workers::reserve() {
  if (state_->queued.fetch_add(1, std::memory_order_relaxed) < state_->max_queued) return true;
  state_->queued.fetch_sub(1, std::memory_order_relaxed);
  if (state_->may_complain(std::chrono::steady_clock::now())) {
    state_->log.write(Level::Warning, "overloaded",
                      "refusing " + state_->name + ": " + std::to_string(state_->max_queued) +
                          " are waiting already. Is the database slow?");
  }
  return false;
}

void Workers::run(std::function<void()> work) {
  asio::post(state_->pool, [state = state_.get(), work = std::move(work)]() mutable {
    try {
      work();
    } catch (const std::exception& error) {
      // Its Responder closes the connection, so the peer knows that there is no answer.
      state->log.write(Level::Error, "internal_error",
                       "one of the " + state->name + " failed: " + error.what());
    }
    work = nullptr;
    state->queued.fetch_sub(1, std::memory_order_relaxed);
  });
}

}  // namespace extmail::net
