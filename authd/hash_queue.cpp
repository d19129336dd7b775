// SPDX-License-Identifier: MIT
#include "authd/hash_queue.hpp"

#include "core/hash.hpp"
#include "core/network.hpp"

#include <utility>

namespace extmail::authd {
namespace {

net::Lane lane_of(std::string_view remote) {
  const auto address = IpAddress::parse(remote);
  if (!address) return {0, HashQueue::kMaxQueuedOfNetwork};
  constexpr unsigned kBitsOfV4 = 24;
  constexpr unsigned kBitsOfV6 = 64;
  const IpAddress::Bytes bytes =
      Network(*address, address->is_v4() ? kBitsOfV4 : kBitsOfV6).address().bytes();
  return {keyed_hash({reinterpret_cast<const char*>(bytes.data()), bytes.size()}),
          HashQueue::kMaxQueuedOfNetwork};
}

/// Takes back at its end what it was counted as.
class Counted {
 public:
  explicit Counted(std::atomic<std::size_t>& count) : count_(count) {
    count_.fetch_add(1, std::memory_order_relaxed);
  }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { count_.fetch_sub(1, std::memory_order_relaxed); }

 private:
  std::atomic<std::size_t>& count_;
};

}  // namespace

struct HashQueue::Waiting {
  Waiting(const PasswordToCheck& what, Deadline when, Checked whom, std::atomic<std::size_t>& count)
      : password(what), deadline(when), done(std::move(whom)), counted(std::in_place, count) {}

  /// Forgets it all, the password too: its turn may come only much later.
  void answer(std::optional<PasswordCheck> result) {
    const Checked last = std::exchange(done, nullptr);
    last(result);
    counted.reset();
  }

  const PasswordToCheck password;
  const Deadline deadline;
  Checked done;
  std::optional<Counted> counted;
  bool is_taken = false;
  std::optional<std::list<Shared>::iterator> place;  // of one that can be checked with others
};

HashQueue::HashQueue(std::size_t threads, LoginMetrics& metrics, const Clock& clock, Log& log)
    : metrics_(metrics),
      clock_(clock),
      workers_("password checks", threads, kMaxQueued, log, net::Workers::Priority::Low) {}

bool HashQueue::check(std::string_view remote, const PasswordToCheck& password, Deadline deadline,
                      Checked done) {
  const auto waiting = std::make_shared<Waiting>(password, deadline, std::move(done), size_);
  if (can_be_checked_together(password)) {
    const std::lock_guard lock(mutex_);
    waiting->place = companions_.insert(companions_.end(), waiting);
  }
  const bool accepted = workers_.submit([this, waiting] { check_group(take(waiting)); }, lane_of(remote));
  return accepted || !withdraw(waiting);
}

bool HashQueue::run(std::string_view remote, Deadline deadline, Work work) {
  auto counted = std::make_unique<const Counted>(size_);
  return workers_.submit(
      [this, deadline, work = std::move(work), counted = std::move(counted)] {
        const Time began = clock_.now();
        work(began < deadline);
        if (began < deadline) metrics_.observe_hash(clock_.now() - began);
      },
      lane_of(remote));
}

std::vector<HashQueue::Shared> HashQueue::take(const Shared& next) {
  const std::lock_guard lock(mutex_);
  if (next->is_taken) return {};
  next->is_taken = true;
  std::vector<Shared> group{next};
  if (!next->place) return group;
  companions_.erase(*next->place);
  while (group.size() < kMaxPasswordsTogether && !companions_.empty()) {
    group.push_back(std::move(companions_.front()));
    companions_.pop_front();
    group.back()->is_taken = true;
  }
  return group;
}

bool HashQueue::withdraw(const Shared& waiting) {
  const std::lock_guard lock(mutex_);
  if (waiting->is_taken) return false;
  waiting->is_taken = true;
  if (waiting->place) companions_.erase(*waiting->place);
  return true;
}

void HashQueue::check_group(std::vector<Shared> group) {
  const Time began = clock_.now();
  std::vector<Shared> in_time;
  std::vector<PasswordToCheck> passwords;
  for (Shared& each : group) {
    if (began >= each->deadline) {
      each->answer(std::nullopt);
      continue;
    }
    passwords.push_back(each->password);
    in_time.push_back(std::move(each));
  }
  if (in_time.empty()) return;
  const auto results = check_together(passwords);
  const auto share = (clock_.now() - began) / in_time.size();
  for (std::size_t i = 0; i < in_time.size(); ++i) {
    metrics_.observe_hash(share);
    in_time[i]->answer(results[i]);
  }
}

}  // namespace extmail::authd
