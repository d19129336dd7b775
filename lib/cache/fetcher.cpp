// SPDX-License-Identifier: MIT
#include "cache/fetcher.hpp"

#include <algorithm>
#include <exception>
#include <type_traits>
#include <utility>

namespace extmail::cache {
namespace {

using Row = std::shared_ptr<const FetchedRow>;

template <typename Record>
Row row_of(Answer<Record> answer) {
  return std::make_shared<const FetchedRow>(std::move(answer));
}

template <typename Record>
std::vector<Row> rows_of(Batch<Record> batch, std::size_t keys) {
  std::vector<Row> rows;
  rows.reserve(keys);
  for (std::size_t i = 0; i < keys; ++i) {
    if (!batch.is_found()) {
      rows.push_back(row_of(Answer<Record>::same_failure(batch)));
      continue;
    }
    auto& row = batch.value()[i];
    rows.push_back(row_of(row ? Answer<Record>::found(std::move(*row)) : Answer<Record>::not_found()));
  }
  return rows;
}

Row failed(Table table, const std::string& reason) {
  switch (table) {
    case Table::Domain:
      return row_of(Answer<DomainRecord>::temporary_failure(reason));
    case Table::Mailbox:
      return row_of(Answer<MailboxRecord>::temporary_failure(reason));
    case Table::Query:
      return row_of(Answer<QueryRecord>::temporary_failure(reason));
    case Table::Account:
      return row_of(Answer<AccountRecord>::temporary_failure(reason));
    case Table::Policy:
      return row_of(Answer<PolicyRecord>::temporary_failure(reason));
    case Table::Alias:
      break;
  }
  return row_of(Answer<AliasRecord>::temporary_failure(reason));
}

void store(RowCache& cache, const std::string& key, const FetchedRow& row, Time read_at) {
  std::visit(
      [&](const auto& answer) {
        using Record = std::decay_t<decltype(answer.value())>;
        if (answer.is_found()) cache.store<Record>(key, answer.value(), read_at);
        if (answer.is_not_found()) cache.store_absence<Record>(key, read_at);
      },
      row);
}

bool is_failure(const FetchedRow& row) {
  return std::visit([](const auto& answer) { return answer.is_failure(); }, row);
}

}  // namespace

Fetcher::Fetcher(std::shared_ptr<const RecordSource> source, RowCache& cache, std::size_t threads,
                 const Clock& clock, Handover* handover)
    : cache_(cache), clock_(clock), handover_(handover), source_(std::move(source)) {
  for (std::size_t i = 0; i < threads; ++i)
    threads_.emplace_back([this] { work(); });
}

Fetcher::~Fetcher() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  has_work_.notify_all();
  for (auto& thread : threads_)
    thread.join();
}

void Fetcher::fetch(Table table, const std::string& key, std::shared_ptr<Waiter> waiter) {
  Lock lock(mutex_);
  Key name(table, key);
  if (const auto it = current_.find(name); it != current_.end()) {
    it->second->waiters.push_back(std::move(waiter));
    return;
  }
  if (queue_.size() >= kMaxWaiting) {
    lock.unlock();
    waiter->fetched(table, key, failed(table, "too many keys wait for the database"));
    return;
  }
  auto flight = std::make_shared<Flight>(Flight{table, key, clock_.now(), false, {}});
  flight->waiters.push_back(std::move(waiter));
  queue_.push_back(flight);
  current_.emplace(std::move(name), std::move(flight));

  const bool nobody_asks = running_ == 0;
  if (nobody_asks && handover_ != nullptr) {
    ++running_;
    is_handed_over_ = handover_->after_handover([this] {
      Lock handed_over(mutex_);
      is_handed_over_ = false;
      run_queries(handed_over);
      // Left to a query that another thread began meanwhile.
      if (!queue_.empty() && needs_watcher()) call_thread();
    });
    if (is_handed_over_) return;
    --running_;
  }
  const bool is_full = queue_.size() >= RecordSource::kMaxBatch;
  // Who was handed over will take this key too, and see to those that stay behind.
  if (!is_full && is_handed_over_) return;
  if (nobody_asks || is_full || needs_watcher()) call_thread();
}

bool Fetcher::needs_watcher() const {
  return !has_watcher_ && !is_thread_called_;
}

void Fetcher::call_thread() {
  // Until it comes it need not be called again, which a busy machine would else do for every key.
  is_thread_called_ = true;
  has_work_.notify_one();
}

void Fetcher::drop(Table table, std::string_view key) {
  const std::lock_guard lock(mutex_);
  const auto it = current_.find(Key(table, std::string(key)));
  if (it != current_.end() && it->second->is_under_way) current_.erase(it);
  cache_.erase(table, key);
}

void Fetcher::replace(std::shared_ptr<const RecordSource> source) {
  const std::lock_guard lock(mutex_);
  source_ = std::move(source);
  std::erase_if(current_, [](const auto& entry) { return entry.second->is_under_way; });
  cache_.clear();
}

Fetcher::Statistics Fetcher::statistics() const {
  const std::lock_guard lock(mutex_);
  Statistics now = statistics_;
  now.waiting = queue_.size();
  return now;
}

void Fetcher::work() {
  Lock lock(mutex_);
  while (await_turn(lock)) {
    ++running_;
    run_queries(lock);
  }
}

bool Fetcher::is_due(std::size_t others_running) const {
  if (queue_.empty() || is_stopping_) return false;
  return others_running == 0 || queue_.size() >= RecordSource::kMaxBatch ||
         clock_.now() >= queue_.front()->asked + kLinger;
}

bool Fetcher::await_turn(Lock& lock) {
  while (!is_stopping_) {
    // Also where nobody waited to be called, because all were busy: else none would be called from then on.
    is_thread_called_ = false;
    if (is_due(running_)) return true;
    if (queue_.empty() || has_watcher_) {
      has_work_.wait(lock);
      continue;
    }
    has_watcher_ = true;
    has_work_.wait_until(lock, queue_.front()->asked + kLinger);
    has_watcher_ = false;
  }
  return false;
}

void Fetcher::run_queries(Lock& lock) {
  while (is_due(running_ - 1)) {
    const Flights flights = take_batch();
    const auto source = source_;
    // What stays behind may not wait for a query that hangs.
    if (!queue_.empty() && needs_watcher()) call_thread();
    lock.unlock();
    const Time asked = clock_.now();
    land(flights, ask(*source, flights), asked);
    lock.lock();
  }
  --running_;
}

Fetcher::Flights Fetcher::take_batch() {
  Flights flights;
  const Table table = queue_.front()->table;
  const std::size_t most = table == Table::Query ? 1 : RecordSource::kMaxBatch;
  for (auto it = queue_.begin(); it != queue_.end() && flights.size() < most;) {
    if ((*it)->table != table) {
      ++it;
      continue;
    }
    (*it)->is_under_way = true;
    flights.push_back(std::move(*it));
    it = queue_.erase(it);
  }
  return flights;
}

std::vector<Row> Fetcher::ask(const RecordSource& source, const Flights& flights) {
  const Table table = flights.front()->table;
  const Time now = clock_.now();
  if (now - flights.front()->asked > kPatience) {
    return std::vector<Row>(flights.size(), failed(table, "the database is too slow"));
  }
  std::vector<std::string> keys;
  keys.reserve(flights.size());
  for (const auto& flight : flights)
    keys.push_back(flight->key);
  try {
    switch (table) {
      case Table::Domain:
        return rows_of(source.find_domains(keys, now + kPatience), keys.size());
      case Table::Mailbox:
        return rows_of(source.find_mailboxes(keys, now + kPatience), keys.size());
      case Table::Account:
        return rows_of(source.find_accounts(keys, now + kPatience), keys.size());
      case Table::Policy:
        return rows_of(source.find_policies(keys, now + kPatience), keys.size());
      case Table::Query:
        return {row_of(source.find_query(Query::of_key(keys.front()), now + kPatience))};
      case Table::Alias:
        break;
    }
    return rows_of(source.find_aliases(keys, now + kPatience), keys.size());
  } catch (const std::exception& error) {  // out of memory: the others go on
    return std::vector<Row>(flights.size(), failed(table, error.what()));
  }
}

void Fetcher::land(const Flights& flights, const std::vector<Row>& rows, Time asked) {
  {
    const std::lock_guard lock(mutex_);
    ++statistics_.queries;
    statistics_.keys += flights.size();
    if (is_failure(*rows.front())) ++statistics_.failures;
  }
  // One by one: who lacks another row need not wait for all of these to be kept, nor the first answer for the last.
  for (std::size_t i = 0; i < flights.size(); ++i) {
    const Flight& flight = *flights[i];
    for (const auto& waiter : keep(flights[i], *rows[i], asked))
      waiter->fetched(flight.table, flight.key, rows[i]);
  }
}

std::vector<std::shared_ptr<Fetcher::Waiter>> Fetcher::keep(const std::shared_ptr<Flight>& flight,
                                                            const FetchedRow& row, Time asked) {
  const std::lock_guard lock(mutex_);
  const auto it = current_.find(Key(flight->table, flight->key));
  const bool is_current = it != current_.end() && it->second == flight;  // else it changed meanwhile
  if (is_current) {
    store(cache_, flight->key, row, asked);
    current_.erase(it);
  }
  return std::exchange(flight->waiters, {});
}

}  // namespace extmail::cache
